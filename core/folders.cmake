# SPDX-License-Identifier: GPL-3.0-or-later
# The folders of core in order: a file includes only files of its own folder and of those before it
# (tests/layering checks that). A folder's own files may stand behind those of its subfolders.
set(lathe_base_order base config formats/weights formats/hf formats/gguf formats tokenizer tokenizer/text
  tokenizer/models tokenizer/pipeline tokenizer/jinja/values tokenizer/jinja/parse tokenizer/jinja/functions
  tokenizer/jinja/evaluate tokenizer/chat tokenizer/files data/read data/roles data/encode data run/events
  run/store run)
set(lathe_engine_order ops model/parts model peft peft/methods infer batches optim objectives rewards catalog
  target reinforce export evaluate estimate train bench)
