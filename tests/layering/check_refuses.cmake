# SPDX-License-Identifier: GPL-3.0-or-later
# The check must be able to fail: each of these files, added to a copy of core/ and ui/, is refused.
file(REMOVE_RECURSE "${SCRATCH}")
file(COPY "${ROOT}/ui" "${ROOT}/core" DESTINATION "${SCRATCH}")

# refused(FILE LINE): check_layers.cmake fails, naming FILE, when FILE holds LINE.
function(refused file line)
  file(WRITE "${SCRATCH}/${file}" "${line}\n")
  execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${SCRATCH} -P ${CMAKE_CURRENT_LIST_DIR}/check_layers.cmake
    RESULT_VARIABLE code ERROR_VARIABLE text)
  file(REMOVE "${SCRATCH}/${file}")
  if(code EQUAL 0 OR NOT text MATCHES "${file}")
    message(FATAL_ERROR "${line} in ${file} was not refused: ${text}")
  endif()
endfunction()

refused(ui/widgets/forbidden.cpp "#include <torch/torch.h>")
refused(ui/widgets/forbidden.cpp "#include \"ui/shell/main_window.h\"")
refused(ui/widgets/forbidden.cpp "#include \"core/peft/method.h\"")
refused(ui/pages/try/forbidden.cpp "#include \"ui/pages/runs/runs_page.h\"")
refused(core/config/forbidden.cpp "#include \"core/run/metrics.h\"")
refused(core/run/forbidden.cpp "#include \"core/ops/rotary.h\"")
refused(core/run/forbidden.cpp "#include <ATen/ATen.h>")
refused(core/peft/forbidden.cpp "#include \"core/peft/methods/lora.h\"")
refused(core/elsewhere/forbidden.cpp "")
file(REMOVE_RECURSE "${SCRATCH}")
