<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>Catalog</name>
    <message>
        <source>Continue text</source>
        <translation>续写文本</translation>
    </message>
    <message>
        <source>Reads plain text and learns to write the next token. For a subject or a style.</source>
        <translation>读取纯文本，学习写出下一个词元。适合某个领域或文风。</translation>
    </message>
    <message>
        <source>Fill in words</source>
        <translation>填词</translation>
    </message>
    <message>
        <source>Hides some tokens and learns to put them back. For encoders such as BERT.</source>
        <translation>遮住部分词元并学习还原。适合 BERT 一类的编码器。</translation>
    </message>
    <message>
        <source>Follow instructions</source>
        <translation>遵循指令</translation>
    </message>
    <message>
        <source>Learns to write the answer to a question or a task, from examples of both.</source>
        <translation>根据问题与回答的示例，学习写出回答。</translation>
    </message>
    <message>
        <source>Classify text</source>
        <translation>文本分类</translation>
    </message>
    <message>
        <source>Tag words</source>
        <translation>词语标注</translation>
    </message>
    <message>
        <source>Learns a tag for each word: names of people, places, organisations.</source>
        <translation>学习给每个词一个标记：人名、地名、机构名。</translation>
    </message>
    <message>
        <source>Rewrite text</source>
        <translation>改写文本</translation>
    </message>
    <message>
        <source>Learns to write a target from a source: translations, summaries.</source>
        <translation>学习由原文写出目标文本：翻译、摘要。</translation>
    </message>
    <message>
        <source>Judge answers</source>
        <translation>评判回答</translation>
    </message>
    <message>
        <source>Learns a score from pairs of a better and a worse answer.</source>
        <translation>从一好一坏的成对回答中学习打分。</translation>
    </message>
    <message>
        <source>Prefer answers</source>
        <translation>偏好回答</translation>
    </message>
    <message>
        <source>Learns to write like the better answer of each pair and unlike the worse one.</source>
        <translation>学习写得像每对中较好的回答，而不像较差的。</translation>
    </message>
    <message>
        <source>Writes answers of its own, gets a reward for each, and does more of what paid.</source>
        <translation>自己写出回答，每个回答得到奖励，多做有回报的事。</translation>
    </message>
    <message>
        <source>Self-supervised</source>
        <translation>自监督</translation>
    </message>
    <message>
        <source>from text alone, nobody marks anything</source>
        <translation>只用文本，无需人工标注</translation>
    </message>
    <message>
        <source>Supervised</source>
        <translation>监督</translation>
    </message>
    <message>
        <source>from examples with the right answer</source>
        <translation>用带正确答案的示例</translation>
    </message>
    <message>
        <source>Reinforcement</source>
        <translation>强化</translation>
    </message>
    <message>
        <source>from what is better or worse</source>
        <translation>根据好坏反馈</translation>
    </message>
    <message>
        <source>Full</source>
        <translation>全量</translation>
    </message>
    <message>
        <source>Every weight of the base may change. Most freedom, most memory, a whole model as result.</source>
        <translation>基座的每个权重都可改变。自由度最大，内存最多，结果是一个完整模型。</translation>
    </message>
    <message>
        <source>Freeze</source>
        <translation>冻结</translation>
    </message>
    <message>
        <source>Only chosen parts change, usually the last blocks and the head; the rest stays as it is.</source>
        <translation>只改变选定的部分，通常是最后几块和输出头；其余保持不变。</translation>
    </message>
    <message>
        <source>LoRA</source>
        <translation>LoRA</translation>
    </message>
    <message>
        <source>The base stays; beside chosen layers two thin matrices learn the change. Small and usually as good.</source>
        <translation>基座不变；在选定的层旁由两个细长矩阵学习变化。体积小，效果通常不差。</translation>
    </message>
    <message>
        <source>DoRA</source>
        <translation>DoRA</translation>
    </message>
    <message>
        <source>LoRA that learns the length of each weight column by itself.</source>
        <translation>单独学习每个权重列长度的 LoRA。</translation>
    </message>
    <message>
        <source>LoRA-FA</source>
        <translation>LoRA-FA</translation>
    </message>
    <message>
        <source>LoRA with A frozen: half the parameters and less memory for activations.</source>
        <translation>冻结 A 的 LoRA：参数减半，激活值占用更少。</translation>
    </message>
    <message>
        <source>VeRA</source>
        <translation>VeRA</translation>
    </message>
    <message>
        <source>All layers share random frozen A and B; only two short vectors a layer learn.</source>
        <translation>所有层共用随机且冻结的 A 和 B；每层只学习两个短向量。</translation>
    </message>
    <message>
        <source>IA³</source>
        <translation>IA³</translation>
    </message>
    <message>
        <source>Learns one factor for each output of keys, values and the feed-forward layer.</source>
        <translation>为键、值和前馈层的每个输出学习一个系数。</translation>
    </message>
    <message>
        <source>AdaLoRA</source>
        <translation>AdaLoRA</translation>
    </message>
    <message>
        <source>LoRA that gives more rank to the layers that need it while it trains.</source>
        <translation>训练中把更多的秩分给需要的层的 LoRA。</translation>
    </message>
    <message>
        <source>Adapter</source>
        <translation>适配器</translation>
    </message>
    <message>
        <source>Small layers, narrow in the middle, put after the sub-layers of each block.</source>
        <translation>加在每块各子层之后、中间窄的小层。</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>Learns some virtual tokens that stand before every input.</source>
        <translation>学习放在每个输入之前的若干虚拟词元。</translation>
    </message>
    <message>
        <source>Prefix</source>
        <translation>前缀</translation>
    </message>
    <message>
        <source>Learns keys and values that every block attends to before the text.</source>
        <translation>学习每块在文本之前所关注的键和值。</translation>
    </message>
    <message>
        <source>P-tuning</source>
        <translation>P-tuning</translation>
    </message>
    <message>
        <source>Virtual tokens written by a small network that learns them together.</source>
        <translation>由一个小网络共同学习并写出的虚拟词元。</translation>
    </message>
    <message>
        <source>all weights</source>
        <translation>全部权重</translation>
    </message>
    <message>
        <source>last blocks + head</source>
        <translation>最后几块 + 输出头</translation>
    </message>
    <message>
        <source>loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>accuracy</source>
        <translation>准确率</translation>
    </message>
    <message>
        <source>macro F1</source>
        <translation>宏 F1</translation>
    </message>
    <message>
        <source>F1</source>
        <translation>F1</translation>
    </message>
    <message>
        <source>precision</source>
        <translation>精确率</translation>
    </message>
    <message>
        <source>recall</source>
        <translation>召回率</translation>
    </message>
    <message>
        <source>perplexity</source>
        <translation>困惑度</translation>
    </message>
    <message>
        <source>BLEU</source>
        <translation>BLEU</translation>
    </message>
    <message>
        <source>chrF</source>
        <translation>chrF</translation>
    </message>
    <message>
        <source>reward</source>
        <translation>奖励</translation>
    </message>
    <message>
        <source>reward accuracy</source>
        <translation>奖励准确率</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>Second text</source>
        <translation>第二段文本</translation>
    </message>
    <message>
        <source>Label</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Instruction</source>
        <translation>指令</translation>
    </message>
    <message>
        <source>Input</source>
        <translation>输入</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>Completion</source>
        <translation>补全</translation>
    </message>
    <message>
        <source>Better answer</source>
        <translation>较好的回答</translation>
    </message>
    <message>
        <source>Worse answer</source>
        <translation>较差的回答</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>System text</source>
        <translation>系统文本</translation>
    </message>
    <message>
        <source>Earlier turns</source>
        <translation>之前的轮次</translation>
    </message>
    <message>
        <source>Words</source>
        <translation>词</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>原文</translation>
    </message>
    <message>
        <source>Target</source>
        <translation>译文</translation>
    </message>
    <message>
        <source>reward of the better answers</source>
        <translation>较好回答的奖励</translation>
    </message>
    <message>
        <source>reward of the worse answers</source>
        <translation>较差回答的奖励</translation>
    </message>
    <message>
        <source>reward margin</source>
        <translation>奖励差</translation>
    </message>
    <message>
        <source>Margin</source>
        <translation>分差</translation>
    </message>
    <message>
        <source>Learn from rewards</source>
        <translation>从奖励中学习</translation>
    </message>
    <message>
        <source>win rate</source>
        <translation>胜率</translation>
    </message>
    <message>
        <source>answer length</source>
        <translation>回答长度</translation>
    </message>
    <message>
        <source>answers that ended</source>
        <translation>写完的回答</translation>
    </message>
    <message>
        <source>Length</source>
        <translation>长度</translation>
    </message>
    <message>
        <source>1 for an answer of the wanted length, falling to 0 at none and at twice as much.</source>
        <translation>长度正合要求的回答得 1 分，空回答或长一倍时降到 0。</translation>
    </message>
    <message>
        <source>Contains a text</source>
        <translation>包含文字</translation>
    </message>
    <message>
        <source>1 for an answer that has the text in it, else 0.</source>
        <translation>回答中有这段文字得 1 分，否则 0 分。</translation>
    </message>
    <message>
        <source>Fits a pattern</source>
        <translation>符合模式</translation>
    </message>
    <message>
        <source>1 for an answer in which the regular expression is found, else 0.</source>
        <translation>回答中能找到该正则表达式得 1 分，否则 0 分。</translation>
    </message>
    <message>
        <source>Exact answer</source>
        <translation>答案一致</translation>
    </message>
    <message>
        <source>1 for an answer that is the one in the row&apos;s answer column, else 0.</source>
        <translation>与该行答案列相同的回答得 1 分，否则 0 分。</translation>
    </message>
    <message>
        <source>Form</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>1 for an answer in the wanted form; of lists the share of lines that fit.</source>
        <translation>格式合要求的回答得 1 分；列表按符合的行所占比例计分。</translation>
    </message>
    <message>
        <source>Right sum</source>
        <translation>算式正确</translation>
    </message>
    <message>
        <source>1 where the answer&apos;s last number is the row&apos;s answer, or the value of the sum in the prompt.</source>
        <translation>回答中最后一个数等于该行的答案，或等于提示中算式的值，得 1 分。</translation>
    </message>
    <message>
        <source>Comes to an end</source>
        <translation>写到结尾</translation>
    </message>
    <message>
        <source>1 for an answer that was not cut off, else 0.</source>
        <translation>没有被截断的回答得 1 分，否则 0 分。</translation>
    </message>
    <message>
        <source>A model&apos;s judgement</source>
        <translation>模型评判</translation>
    </message>
    <message>
        <source>The score of a reward model, or how sure a classifier is of the label.</source>
        <translation>奖励模型给出的分数，或分类器对某标签的把握。</translation>
    </message>
    <message>
        <source>Wanted answer</source>
        <translation>期望的回答</translation>
    </message>
    <message>
        <source>Learns to give each text a label, several, or a number: the mood of a review, its stars.</source>
        <translation>学习给每段文本一个标签、多个标签或一个数值：评论的情绪、评论的星级。</translation>
    </message>
    <message>
        <source>squared error</source>
        <translation>均方误差</translation>
    </message>
    <message>
        <source>absolute error</source>
        <translation>平均绝对误差</translation>
    </message>
    <message>
        <source>Pearson&apos;s r</source>
        <translation>皮尔逊 r</translation>
    </message>
    <message>
        <source>Spearman&apos;s ρ</source>
        <translation>斯皮尔曼 ρ</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>工具</translation>
    </message>
</context>
<context>
    <name>Core</name>
    <message>
        <source>How many of the last blocks train, with what follows them (pooler, last norm); 0 none. Usual: 1 to 4.</source>
        <translation>训练最后多少块以及其后的部分（池化层、末尾归一化）；0 表示不训练。常用：1 到 4。</translation>
    </message>
    <message>
        <source>More that trains, by module name (pooler, q_proj, layers.3) or kind: embeddings, norms, biases.</source>
        <translation>另外要训练的部分，按模块名（pooler、q_proj、layers.3）或种类：embeddings、norms、biases。</translation>
    </message>
    <message>
        <source>Whether the task head trains; a new classification head always does.</source>
        <translation>任务输出头是否训练；新的分类头总会训练。</translation>
    </message>
    <message>
        <source>The inner size r of B·A: how much the change can express. Usual: 4 to 64.</source>
        <translation>B·A 的内部大小 r：变化能表达多少。常用：4 到 64。</translation>
    </message>
    <message>
        <source>The change is scaled by alpha / rank. Usual: rank to twice the rank.</source>
        <translation>变化按 alpha / 秩缩放。常用：秩的 1 到 2 倍。</translation>
    </message>
    <message>
        <source>Share of the inputs of A left out while training. Usual: 0 to 0.1.</source>
        <translation>训练时随机丢弃 A 的输入的比例。常用：0 到 0.1。</translation>
    </message>
    <message>
        <source>Scale by alpha / √rank instead, steadier at high ranks.</source>
        <translation>改按 alpha / √秩缩放，秩高时更稳定。</translation>
    </message>
    <message>
        <source>Which biases of the base train too: none, all, or those of the chosen layers.</source>
        <translation>基座的哪些偏置也训练：不训练、全部，或所选层的。</translation>
    </message>
    <message>
        <source>The learning rate stays the same after the warm-up; for short trials.</source>
        <translation>预热后学习率保持不变；适合短时试验。</translation>
    </message>
    <message>
        <source>Falls in a straight line to zero at the last step; a good first choice.</source>
        <translation>按直线下降，最后一步为零；不错的首选。</translation>
    </message>
    <message>
        <source>Falls along half a cosine: slow at first, slow at the end; usual for longer runs.</source>
        <translation>按半个余弦下降：开头和结尾都慢；较长的运行常用。</translation>
    </message>
    <message>
        <source>Name of the run, for its folder and its curve.</source>
        <translation>运行的名称，用于文件夹和曲线。</translation>
    </message>
    <message>
        <source>What is learnt.</source>
        <translation>学习什么。</translation>
    </message>
    <message>
        <source>The model to start from: a folder, a .gguf file, shelf:NAME, hub:ORG/NAME, or a run folder.</source>
        <translation>起始模型：文件夹、.gguf 文件、shelf:名称、hub:组织/名称，或运行文件夹。</translation>
    </message>
    <message>
        <source>Rows held out for checking: a file, a fraction of the training rows such as 0.1, or none.</source>
        <translation>留作检验的行：一个文件、训练行的比例（如 0.1），或 none。</translation>
    </message>
    <message>
        <source>Which column plays which role, by name or by index; guessed when left out.</source>
        <translation>各列的角色，按列名或序号；不填则自动猜测。</translation>
    </message>
    <message>
        <source>Hold out the same share of each class; none takes rows regardless of their label. For classification with a fraction as validation.</source>
        <translation>验证集中各类别所占比例与训练集相同；none 则不论标签随机取行。用于按比例留出验证集的分类任务。</translation>
    </message>
    <message>
        <source>Which rows a fraction holds out: same seed, same rows, whatever train.seed is.</source>
        <translation>按比例留出时取哪些行：种子相同则行相同，与 train.seed 无关。</translation>
    </message>
    <message>
        <source>Only the first so many rows; 0 takes all.</source>
        <translation>只取前多少行；0 表示全部。</translation>
    </message>
    <message>
        <source>Rows longer than so many tokens are cut; memory grows with it. Usual: 64 to 2048.</source>
        <translation>超过这么多词元的行会被截断；内存随之增长。常用：64 到 2048。</translation>
    </message>
    <message>
        <source>The chat format for instruction rows; auto takes the model&apos;s own.</source>
        <translation>指令数据的对话格式；auto 用模型自带的。</translation>
    </message>
    <message>
        <source>Learn the answers only, or every token of the row.</source>
        <translation>只学习回答，还是学习整行的每个词元。</translation>
    </message>
    <message>
        <source>Put several short rows into one sequence.</source>
        <translation>把多个短行拼成一个序列。</translation>
    </message>
    <message>
        <source>How often every row is seen. Usual: 1 to 5.</source>
        <translation>每行看多少遍。常用：1 到 5。</translation>
    </message>
    <message>
        <source>Stop after so many optimiser steps; 0 goes by the epochs.</source>
        <translation>多少个优化步后停止；0 表示按轮数。</translation>
    </message>
    <message>
        <source>Rows computed together; more is steadier and takes more memory. Usual: 4 to 32.</source>
        <translation>一起计算的行数；越多越稳定，也越占内存。常用：4 到 32。</translation>
    </message>
    <message>
        <source>Batches summed before one step: a larger batch without its memory.</source>
        <translation>累加多少批后走一步：等于更大的批，却不多占内存。</translation>
    </message>
    <message>
        <source>How far one step goes; left out, the method&apos;s own, for preferences a tenth of it. Usual: 1e-3 to 2e-4 for LoRA, 2e-5 for full.</source>
        <translation>每一步走多远；不填则用该方法的默认值，偏好训练取其十分之一。常用：LoRA 为 1e-3 到 2e-4，全量为 2e-5。</translation>
    </message>
    <message>
        <source>Pulls weights towards zero; usual: 0 to 0.1.</source>
        <translation>把权重拉向零；常用：0 到 0.1。</translation>
    </message>
    <message>
        <source>How the learning rate falls after the warm-up.</source>
        <translation>预热后学习率如何下降。</translation>
    </message>
    <message>
        <source>Steps over which the learning rate rises from zero.</source>
        <translation>学习率从零上升所用的步数。</translation>
    </message>
    <message>
        <source>Gradients longer than this are scaled down; 0 leaves them. Usual: 1.</source>
        <translation>比这更大的梯度会被缩小；0 表示不缩小。常用：1。</translation>
    </message>
    <message>
        <source>Number format of the computation; auto takes bf16 only where it is faster.</source>
        <translation>计算用的数值格式；auto 只在更快时用 bf16。</translation>
    </message>
    <message>
        <source>Compute activations twice instead of keeping them: less memory, slower.</source>
        <translation>激活值算两遍而不保存：省内存，但较慢。</translation>
    </message>
    <message>
        <source>Same seed, same run.</source>
        <translation>种子相同，运行相同。</translation>
    </message>
    <message>
        <source>Validate every so many steps; 0 only before and after.</source>
        <translation>每多少步验证一次；0 表示只在前后各一次。</translation>
    </message>
    <message>
        <source>Checkpoint every so many steps; 0 only at the end.</source>
        <translation>每多少步存一次检查点；0 表示只在结束时。</translation>
    </message>
    <message>
        <source>Checkpoint also when this many minutes have passed since the last one; 0 goes by save_every alone.</source>
        <translation>距上次检查点满这么多分钟也存一次；0 表示只按 save_every。</translation>
    </message>
    <message>
        <source>Report the loss every so many steps.</source>
        <translation>每多少步报告一次损失。</translation>
    </message>
    <message>
        <source>auto, cpu, cuda or cuda:1.</source>
        <translation>auto、cpu、cuda 或 cuda:1。</translation>
    </message>
    <message>
        <source>The file or folder with the rows to learn from.</source>
        <translation>用来学习的数据文件或文件夹。</translation>
    </message>
    <message>
        <source>How the data is read; auto goes by its name and content.</source>
        <translation>数据的读取方式；auto 按名称和内容判断。</translation>
    </message>
    <message>
        <source>How the file&apos;s bytes are letters; auto looks at them.</source>
        <translation>文件的字节如何对应文字；auto 会自行判断。</translation>
    </message>
    <message>
        <source>Other ranks for some layers, by name: {v_proj: 16}; of names that fit a layer the first counts.</source>
        <translation>为某些层指定不同的秩，按名称：{v_proj: 16}；同一层有多个名称匹配时取第一个。</translation>
    </message>
    <message>
        <source>Other alphas for some layers, by name: {v_proj: 32}; of names that fit a layer the first counts.</source>
        <translation>为某些层指定不同的 alpha，按名称：{v_proj: 32}；同一层有多个名称匹配时取第一个。</translation>
    </message>
    <message>
        <source>For a base whose head shares its table with the embedding: when modules_to_save names one of the two, train both as one. Otherwise they part.</source>
        <translation>用于输出头与词嵌入共用一张表的基座：modules_to_save 写了其中之一时，两者作为一个整体训练；否则两者分开。</translation>
    </message>
    <message>
        <source>How A and B start: as in PEFT (B at 0), A normal, or from the base&apos;s largest singular values (pissa) or its QR factors (olora), which often learn faster.</source>
        <translation>A 和 B 的初值：与 PEFT 相同（B 为 0）、A 取正态分布，或取自基座最大的奇异值（pissa）或其 QR 分解（olora），后两者往往学得更快。</translation>
    </message>
    <message>
        <source>Layers among those that are left as they are, by name.</source>
        <translation>其中保持不变的层，按名称。</translation>
    </message>
    <message>
        <source>Only these blocks, by number from 0; left out, all of them.</source>
        <translation>只改动这些层块，编号从 0 开始；不填则全部。</translation>
    </message>
    <message>
        <source>Modules that train whole and are saved with the adapter, by name.</source>
        <translation>整体训练并随适配器保存的模块，按名称。</translation>
    </message>
    <message>
        <source>Plain: B&apos;s own gradient, as in the paper. Projected: the gradient that moves the weight as full training would, as in PEFT; wants a smaller learning rate.</source>
        <translation>plain：使用 B 自身的梯度，与论文一致。projected：使权重像全量训练那样变化的梯度，与 PEFT 一致；需要较小的学习率。</translation>
    </message>
    <message>
        <source>The inner size r of the shared pair. Usual: 256 to 1024.</source>
        <translation>共享矩阵对的内部大小 r。常用：256 到 1024。</translation>
    </message>
    <message>
        <source>What the inner vector starts at. Usual: 0.1.</source>
        <translation>内部向量的初值。常用：0.1。</translation>
    </message>
    <message>
        <source>The seed of the shared pair; adapters of one base should have the same.</source>
        <translation>共享矩阵对的随机种子；同一基座的各适配器应相同。</translation>
    </message>
    <message>
        <source>Those of the layers whose inputs are scaled instead of their outputs; left out, the usual ones of the base.</source>
        <translation>其中缩放输入而非输出的层；不填则用该基座常用的层。</translation>
    </message>
    <message>
        <source>The inner size every layer starts with. Usual: half more than target_rank.</source>
        <translation>每层开始时的内部大小。常用：比 target_rank 多一半。</translation>
    </message>
    <message>
        <source>The inner size that is left on average. Usual: 4 to 16.</source>
        <translation>最后平均保留的内部大小。常用：4 到 16。</translation>
    </message>
    <message>
        <source>The change is scaled by alpha / rank; 0 stands for the rank. Usual: rank to twice the rank.</source>
        <translation>改动按 alpha / 秩缩放；0 表示等于秩。常用：秩到秩的两倍。</translation>
    </message>
    <message>
        <source>Share of the steps before anything is taken away. Usual: 0.1.</source>
        <translation>开始削减之前的步数占比。常用：0.1。</translation>
    </message>
    <message>
        <source>Share of the steps at the end in which the sizes stay. Usual: 0.3.</source>
        <translation>末尾大小不再变化的步数占比。常用：0.3。</translation>
    </message>
    <message>
        <source>Steps between two choices of what is taken away. Usual: 1 to 10.</source>
        <translation>两次削减之间的步数。常用：1 到 10。</translation>
    </message>
    <message>
        <source>How slowly the importance of a direction changes. Usual: 0.85.</source>
        <translation>方向重要性变化的平滑程度。常用：0.85。</translation>
    </message>
    <message>
        <source>How slowly the uncertainty of that importance changes. Usual: 0.85.</source>
        <translation>该重要性的不确定度变化的平滑程度。常用：0.85。</translation>
    </message>
    <message>
        <source>Weight of the penalty that keeps the directions at right angles. Usual: 0.1 to 0.5.</source>
        <translation>使各方向保持正交的惩罚权重。常用：0.1 到 0.5。</translation>
    </message>
    <message>
        <source>Where the narrow layers sit: behind each block (pfeiffer), behind attention and feed-forward (houlsby), or beside the feed-forward (parallel).</source>
        <translation>窄层的位置：每个层块之后（pfeiffer）、注意力和前馈之后（houlsby），或与前馈并行（parallel）。</translation>
    </message>
    <message>
        <source>The hidden size divided by this is the narrow size. Usual: 2 to 64.</source>
        <translation>隐藏大小除以该值即为窄层大小。常用：2 到 64。</translation>
    </message>
    <message>
        <source>The function between the way down and the way up. Usual: relu; silu for houlsby.</source>
        <translation>降维与升维之间的函数。常用：relu；houlsby 用 silu。</translation>
    </message>
    <message>
        <source>What the way up&apos;s result is multiplied with. Usual: 1; 4 for parallel.</source>
        <translation>升维结果的倍数。常用：1；parallel 用 4。</translation>
    </message>
    <message>
        <source>Share of the way up&apos;s result left out while training. Usual: 0 to 0.1.</source>
        <translation>训练时随机丢弃的升维结果的比例。常用：0 到 0.1。</translation>
    </message>
    <message>
        <source>How the layers start: changing nothing (zero), or small and random as in AdapterHub (default).</source>
        <translation>层的初值：开始时不改变任何结果（zero），或像 AdapterHub 那样取小随机数（default）。</translation>
    </message>
    <message>
        <source>The name that AdapterHub&apos;s files have in every key.</source>
        <translation>AdapterHub 文件中每个键所含的名称。</translation>
    </message>
    <message>
        <source>How many trained vectors stand in front of every text; they take as much of the context. Usual: 10 to 100.</source>
        <translation>每段文本之前的可训练向量个数；会占用同样多的上下文。常用：10 到 100。</translation>
    </message>
    <message>
        <source>What the vectors start as: random numbers, embeddings of random words, or those of a text.</source>
        <translation>向量的初值：随机数、随机词的嵌入，或一段文本的嵌入。</translation>
    </message>
    <message>
        <source>The text whose words they start as, with init: text. Usual: the task in a sentence.</source>
        <translation>init 为 text 时作为初值的文本。常用：用一句话描述任务。</translation>
    </message>
    <message>
        <source>Make the vectors with a small network while training, which can be steadier; the result is the same kind.</source>
        <translation>训练时由一个小网络生成这些向量，可能更稳定；结果的形式相同。</translation>
    </message>
    <message>
        <source>The inner size of that network; 0 stands for the size of a key. Usual: 128 to 1024.</source>
        <translation>该网络的内部大小；0 表示与键的大小相同。常用：128 到 1024。</translation>
    </message>
    <message>
        <source>The network that makes the vectors; none once they are finished.</source>
        <translation>生成这些向量的网络；完成后为 none。</translation>
    </message>
    <message>
        <source>Its inner size; 0 stands for the base&apos;s hidden size. Usual: 128 to 1024.</source>
        <translation>其内部大小；0 表示与基座的隐藏大小相同。常用：128 到 1024。</translation>
    </message>
    <message>
        <source>The linear layers that are scaled: names, all-linear, or a regular expression; left out, keys, values and the last feed-forward layer.</source>
        <translation>要缩放的线性层：名称、all-linear 或正则表达式；不填则为键、值和最后的前馈层。</translation>
    </message>
    <message>
        <source>What is made of the lead of the better answer: sigmoid is DPO itself, hinge stops at a lead, ipo aims at a fixed one, kto judges each answer by itself, against the mean of its batch: its loss depends on train.batch_size, and train.gradient_accumulation is no larger batch for it.</source>
        <translation>怎样使用较好回答的领先量：sigmoid 即 DPO 本身，hinge 领先到一定程度为止，ipo 以固定的领先量为目标，kto 以所在批次的均值为基准对每个回答单独评判：其损失取决于 train.batch_size，train.gradient_accumulation 对它并不等于更大的批次。</translation>
    </message>
    <message>
        <source>How closely the model is held to the one it started from; less lets it go further. Usual: 0.01 to 0.5.</source>
        <translation>模型与起始模型贴得多紧；值越小，允许离得越远。通常 0.01 到 0.5。</translation>
    </message>
    <message>
        <source>The share of pairs that may be the wrong way round; sigmoid only. Usual: 0, noisy pairs 0.1.</source>
        <translation>可能标反的回答对所占的比例，仅用于 sigmoid。通常为 0，数据有噪声时为 0.1。</translation>
    </message>
    <message>
        <source>Pulls the two scores of a pair towards a sum of 0; usual: 0, or 0.01 where scores drift away.</source>
        <translation>把一对回答的两个分数之和拉向 0；通常为 0，分数漂移时为 0.01。</translation>
    </message>
    <message>
        <source>Other learning rates for some of what trains, by parts of its names: {classifier: 1e-4, lora_B: 1e-2}.</source>
        <translation>按名称的一部分，为部分训练参数另设学习率：{classifier: 1e-4, lora_B: 1e-2}。</translation>
    </message>
    <message>
        <source>Keep the frozen base&apos;s matrices in 8 bits or in 4 (nf4, as in QLoRA): a large base in little memory, a little slower. For methods that add to the base.</source>
        <translation>把冻结底座的矩阵以 8 位或 4 位（nf4，同 QLoRA）保存：大模型占用更少内存，速度略慢。用于在底座之外添加参数的方法。</translation>
    </message>
    <message>
        <source>grpo compares several answers to the same prompt; ppo learns beside it what reward is to be expected.</source>
        <translation>grpo 比较同一提示的多个回答；ppo 同时学习预期能得到多少奖励。</translation>
    </message>
    <message>
        <source>What an answer is rewarded for: rules, a reward model or a classifier, several of them weighted.</source>
        <translation>回答因何得到奖励：规则、奖励模型或分类器，可多项加权。</translation>
    </message>
    <message>
        <source>Answers to each prompt; left out, 8 for grpo and 1 for ppo. More is steadier and takes longer.</source>
        <translation>每个提示写几个回答；不填时 grpo 为 8，ppo 为 1。越多越稳，也越慢。</translation>
    </message>
    <message>
        <source>Where an answer is cut off; the time of a step grows with it. Usual: 32 to 512.</source>
        <translation>回答在此长度截断；越长每步越慢。常用：32 到 512。</translation>
    </message>
    <message>
        <source>How freely answers are sampled; lower keeps closer to the likeliest one. Usual: 0.7 to 1.</source>
        <translation>采样的自由程度；越低越接近最可能的回答。常用：0.7 到 1。</translation>
    </message>
    <message>
        <source>Sample from the likeliest tokens that together have this probability. Usual: 1.</source>
        <translation>只从合计达到此概率的最可能词元中采样。常用：1。</translation>
    </message>
    <message>
        <source>How closely the model is held to the one it started from; left out, 0 for grpo and 0.05 for ppo.</source>
        <translation>把模型拉住、不让它离起点太远的力度；不填时 grpo 为 0，ppo 为 0.05。</translation>
    </message>
    <message>
        <source>Taken from the reward of an answer that was cut off before it ended. Usual: 0 to 1.</source>
        <translation>回答没写完就被截断时扣掉的奖励。常用：0 到 1。</translation>
    </message>
    <message>
        <source>How often the answers of a step are learnt from; left out, 1 for grpo and 4 for ppo.</source>
        <translation>每步的回答学习几遍；不填时 grpo 为 1，ppo 为 4。</translation>
    </message>
    <message>
        <source>Updates of the weights in which the answers of a step are learnt from each time. Usual: 1 to 4.</source>
        <translation>每学一遍回答时分几次更新权重。常用：1 到 4。</translation>
    </message>
    <message>
        <source>How far the odds of a token may move within a step before it teaches no more. Usual: 0.2.</source>
        <translation>一步之内词元的概率比变化超过此值后不再起作用。常用：0.2。</translation>
    </message>
    <message>
        <source>The same upwards; left out, clip_range. Usual: 0.2 to 0.28.</source>
        <translation>向上变化的界限；不填时等于 clip_range。常用：0.2 到 0.28。</translation>
    </message>
    <message>
        <source>grpo: what the lead over the other answers is divided by: their spread, that of the whole step, or nothing.</source>
        <translation>grpo：相对其他回答的领先除以什么：同组的离散程度、整步的离散程度，或不除。</translation>
    </message>
    <message>
        <source>grpo: dapo gives every token the same weight, grpo every answer, bnpo every batch; dr_grpo divides by max_new_tokens.</source>
        <translation>grpo：dapo 让每个词元权重相同，grpo 让每个回答相同，bnpo 让每个批次相同；dr_grpo 除以 max_new_tokens。</translation>
    </message>
    <message>
        <source>Answers that were cut off before they ended teach nothing.</source>
        <translation>没写完就被截断的回答不参与学习。</translation>
    </message>
    <message>
        <source>ppo: what a reward is still worth one token earlier. Usual: 1.</source>
        <translation>ppo：奖励往前一个词元还值多少。常用：1。</translation>
    </message>
    <message>
        <source>ppo: how far advantages look ahead rather than trust the value head. Usual: 0.95.</source>
        <translation>ppo：优势估计向后看多远，而不是相信价值头。常用：0.95。</translation>
    </message>
    <message>
        <source>ppo: the weight of the value head&apos;s loss. Usual: 0.1.</source>
        <translation>ppo：价值头损失的权重。常用：0.1。</translation>
    </message>
    <message>
        <source>ppo: how far the value head may move within a step. Usual: 0.2.</source>
        <translation>ppo：价值头在一步之内可以变化多少。常用：0.2。</translation>
    </message>
    <message>
        <source>How long an answer is to be.</source>
        <translation>回答应有多长。</translation>
    </message>
    <message>
        <source>What is counted; characters for Chinese.</source>
        <translation>按什么计数；中文用 characters（字符）。</translation>
    </message>
    <message>
        <source>What the answer is to have in it.</source>
        <translation>回答中应当出现的文字。</translation>
    </message>
    <message>
        <source>Whether small and capital letters are the same.</source>
        <translation>是否不区分大小写。</translation>
    </message>
    <message>
        <source>The regular expression; \A and \z stand for begin and end.</source>
        <translation>正则表达式；\A 和 \z 表示开头和结尾。</translation>
    </message>
    <message>
        <source>What a wrong number is worth; an answer without one gets 0.</source>
        <translation>写出错误的数得多少分；没有数的回答得 0 分。</translation>
    </message>
    <message>
        <source>The form.</source>
        <translation>要求的格式。</translation>
    </message>
    <message>
        <source>The run folder of the reward model or the classifier.</source>
        <translation>奖励模型或分类器的运行文件夹。</translation>
    </message>
    <message>
        <source>Of a classifier: the label that answers are to have.</source>
        <translation>用于分类器：希望回答得到的标签。</translation>
    </message>
    <message>
        <source>How much this reward counts beside the others; below 0 it counts against an answer. Usual: 1.</source>
        <translation>这项奖励与其他奖励相比占多少；小于 0 时为扣分。常用：1。</translation>
    </message>
    <message>
        <source>The layers that are changed: names, all-linear, or a regular expression; left out, the usual ones of the base. LoRA takes embeddings by name, too.</source>
        <translation>要改动的层：名称、all-linear 或正则表达式；不填则用该基座常用的层。LoRA 还可以按名称选择嵌入层。</translation>
    </message>
    <message>
        <source>The label column holds a number, such as a rating, and the model learns to give it.</source>
        <translation>标签列是数值（例如评分），模型学习给出这个数值。</translation>
    </message>
    <message>
        <source>A text may have several labels, or none: a JSON list, or names with | between them.</source>
        <translation>一段文本可以有多个标签，也可以没有：写成 JSON 列表，或用 | 分隔的名称。</translation>
    </message>
    <message>
        <source>set train.learning_rate and train.learning_rates above 0, or leave them out</source>
        <translation>把 train.learning_rate 和 train.learning_rates 设为大于 0，或不写</translation>
    </message>
    <message>
        <source>set train.warmup_steps to about a tenth of the steps, or train longer</source>
        <translation>把 train.warmup_steps 设为步数的十分之一左右，或训练更久</translation>
    </message>
    <message>
        <source>train on rows with other labels too; is the file sorted, and data.limit set?</source>
        <translation>也要用其他标签的行训练；文件是否排过序，又设了 data.limit？</translation>
    </message>
    <message>
        <source>see which tokens are trained with lathe-run preview, and what the method trains</source>
        <translation>用 lathe-run preview 查看训练哪些词元，并查看方法训练什么</translation>
    </message>
    <message>
        <source>raise reinforcement.max_new_tokens</source>
        <translation>提高 reinforcement.max_new_tokens</translation>
    </message>
    <message>
        <source>raise reinforcement.temperature or generations, or take a reward that tells answers apart</source>
        <translation>提高 reinforcement.temperature 或 generations，或换一个能区分回答的奖励</translation>
    </message>
    <message>
        <source>use a lower learning rate (a tenth is a good try) or more warm-up</source>
        <translation>用更小的学习率（可试十分之一）或更长的预热</translation>
    </message>
    <message>
        <source>raise the learning rate or train longer; are text and labels the right columns?</source>
        <translation>提高学习率或训练更久；文本列和标签列选对了吗？</translation>
    </message>
    <message>
        <source>try another learning rate, more steps or more rows; an earlier evaluation may be better</source>
        <translation>试试别的学习率、更多步数或更多的行；较早的一次评估可能更好</translation>
    </message>
    <message>
        <source>train for fewer steps, or use more rows, a smaller rank, dropout or weight decay</source>
        <translation>少训练几步，或用更多的行、更小的秩、dropout 或权重衰减</translation>
    </message>
    <message>
        <source>see to it that one process alone trains it</source>
        <translation>请确保只有一个进程训练它</translation>
    </message>
    <message>
        <source>write method.dropout: 0</source>
        <translation>写上 method.dropout: 0</translation>
    </message>
    <message>
        <source>see lathe-run preview</source>
        <translation>见 lathe-run preview</translation>
    </message>
    <message>
        <source>raise data.max_length if their ends matter</source>
        <translation>如果行尾重要，请提高 data.max_length</translation>
    </message>
    <message>
        <source>start from the base itself for another rank or other targets</source>
        <translation>要用别的秩或目标模块，请从基座本身开始</translation>
    </message>
    <message>
        <source>Control tokens spelled out in the contents of messages are text; off, they become those tokens.</source>
        <translation>消息内容中写出的控制词元按文本处理；关闭后，它们成为相应的词元。</translation>
    </message>
</context>
<context>
    <name>Error</name>
    <message>
        <source>A file or folder is missing</source>
        <translation>找不到文件或文件夹</translation>
    </message>
    <message>
        <source>A file cannot be read</source>
        <translation>文件无法读取</translation>
    </message>
    <message>
        <source>A file is damaged or not what its name says</source>
        <translation>文件已损坏，或与其名称不符</translation>
    </message>
    <message>
        <source>A file is too large</source>
        <translation>文件太大</translation>
    </message>
    <message>
        <source>The disk is full</source>
        <translation>磁盘已满</translation>
    </message>
    <message>
        <source>A file could not be written</source>
        <translation>文件无法写入</translation>
    </message>
    <message>
        <source>Lathe does not know this yet</source>
        <translation>Lathe 还不支持</translation>
    </message>
    <message>
        <source>A setting does not fit</source>
        <translation>设置不合适</translation>
    </message>
    <message>
        <source>The data cannot be used as it is</source>
        <translation>数据无法直接使用</translation>
    </message>
    <message>
        <source>Model parts do not belong together</source>
        <translation>模型的各部分不匹配</translation>
    </message>
    <message>
        <source>The chosen device is not there</source>
        <translation>所选设备不存在</translation>
    </message>
    <message>
        <source>The memory is not enough</source>
        <translation>内存不足</translation>
    </message>
    <message>
        <source>The loss is no number any more</source>
        <translation>损失不再是有效数字</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>The network did not answer</source>
        <translation>网络没有响应</translation>
    </message>
    <message>
        <source>That request does not make sense here</source>
        <translation>此处不能这样做</translation>
    </message>
    <message>
        <source>Lathe made a mistake</source>
        <translation>Lathe 出错了</translation>
    </message>
    <message>
        <source>Halve the batch and double the accumulation: the result is the same.</source>
        <translation>把批减半、累积加倍：结果相同。</translation>
    </message>
    <message>
        <source>Try a tenth of the learning rate, or more warm-up steps.</source>
        <translation>试试十分之一的学习率，或更多预热步。</translation>
    </message>
    <message>
        <source>Free some space; earlier checkpoints are untouched.</source>
        <translation>请腾出空间；之前的检查点完好无损。</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1：%2</translation>
    </message>
    <message>
        <source>%1: %2 (%3)</source>
        <translation>%1：%2（%3）</translation>
    </message>
</context>
<context>
    <name>Field</name>
    <message>
        <source>%1
Allowed: %2 to %3</source>
        <translation>%1
允许范围：%2 到 %3</translation>
    </message>
    <message>
        <source>Train last blocks</source>
        <translation>训练最后几块</translation>
    </message>
    <message>
        <source>Train modules</source>
        <translation>训练的模块</translation>
    </message>
    <message>
        <source>Train head</source>
        <translation>训练输出头</translation>
    </message>
    <message>
        <source>Rank</source>
        <translation>秩</translation>
    </message>
    <message>
        <source>Alpha</source>
        <translation>Alpha</translation>
    </message>
    <message>
        <source>Dropout</source>
        <translation>丢弃率</translation>
    </message>
    <message>
        <source>Target modules</source>
        <translation>目标模块</translation>
    </message>
    <message>
        <source>Use rslora</source>
        <translation>使用 rsLoRA</translation>
    </message>
    <message>
        <source>Ensure weight tying</source>
        <translation>保持权重共享</translation>
    </message>
    <message>
        <source>Bias</source>
        <translation>偏置</translation>
    </message>
    <message>
        <source>Init</source>
        <translation>初始化</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Task</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Base</source>
        <translation>基座</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>训练文件</translation>
    </message>
    <message>
        <source>Validation</source>
        <translation>验证</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Columns</source>
        <translation>列</translation>
    </message>
    <message>
        <source>Stratify</source>
        <translation>按标签分层</translation>
    </message>
    <message>
        <source>Split seed</source>
        <translation>划分种子</translation>
    </message>
    <message>
        <source>Limit</source>
        <translation>行数上限</translation>
    </message>
    <message>
        <source>Max length</source>
        <translation>最大长度</translation>
    </message>
    <message>
        <source>Template</source>
        <translation>模板</translation>
    </message>
    <message>
        <source>Loss on</source>
        <translation>计算损失的部分</translation>
    </message>
    <message>
        <source>Packing</source>
        <translation>拼接</translation>
    </message>
    <message>
        <source>Epochs</source>
        <translation>轮数</translation>
    </message>
    <message>
        <source>Max steps</source>
        <translation>最多步数</translation>
    </message>
    <message>
        <source>Batch size</source>
        <translation>批大小</translation>
    </message>
    <message>
        <source>Gradient accumulation</source>
        <translation>梯度累积</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Weight decay</source>
        <translation>权重衰减</translation>
    </message>
    <message>
        <source>Schedule</source>
        <translation>学习率曲线</translation>
    </message>
    <message>
        <source>Warmup steps</source>
        <translation>预热步数</translation>
    </message>
    <message>
        <source>Max grad norm</source>
        <translation>梯度范数上限</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>精度</translation>
    </message>
    <message>
        <source>Gradient checkpointing</source>
        <translation>梯度检查点</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>Eval every</source>
        <translation>验证间隔</translation>
    </message>
    <message>
        <source>Save every</source>
        <translation>保存间隔</translation>
    </message>
    <message>
        <source>Save minutes</source>
        <translation>保存间隔（分钟）</translation>
    </message>
    <message>
        <source>Log every</source>
        <translation>记录间隔</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Encoding</source>
        <translation>编码</translation>
    </message>
    <message>
        <source>Rank pattern</source>
        <translation>按层的秩</translation>
    </message>
    <message>
        <source>Alpha pattern</source>
        <translation>按层的 alpha</translation>
    </message>
    <message>
        <source>Exclude modules</source>
        <translation>排除的模块</translation>
    </message>
    <message>
        <source>Layers to transform</source>
        <translation>改动的层</translation>
    </message>
    <message>
        <source>Modules to save</source>
        <translation>整体训练的模块</translation>
    </message>
    <message>
        <source>Gradient</source>
        <translation>梯度</translation>
    </message>
    <message>
        <source>D initial</source>
        <translation>d 的初值</translation>
    </message>
    <message>
        <source>Projection seed</source>
        <translation>投影种子</translation>
    </message>
    <message>
        <source>Feedforward modules</source>
        <translation>前馈模块</translation>
    </message>
    <message>
        <source>Target rank</source>
        <translation>目标秩</translation>
    </message>
    <message>
        <source>Warmup share</source>
        <translation>预热占比</translation>
    </message>
    <message>
        <source>Final share</source>
        <translation>收尾占比</translation>
    </message>
    <message>
        <source>Every</source>
        <translation>间隔步数</translation>
    </message>
    <message>
        <source>Beta1</source>
        <translation>Beta1</translation>
    </message>
    <message>
        <source>Beta2</source>
        <translation>Beta2</translation>
    </message>
    <message>
        <source>Orthogonality</source>
        <translation>正交惩罚</translation>
    </message>
    <message>
        <source>Placement</source>
        <translation>位置</translation>
    </message>
    <message>
        <source>Reduction factor</source>
        <translation>缩减倍数</translation>
    </message>
    <message>
        <source>Activation</source>
        <translation>激活函数</translation>
    </message>
    <message>
        <source>Scaling</source>
        <translation>缩放</translation>
    </message>
    <message>
        <source>Adapter name</source>
        <translation>适配器名称</translation>
    </message>
    <message>
        <source>Virtual tokens</source>
        <translation>虚拟词元</translation>
    </message>
    <message>
        <source>Init text</source>
        <translation>初始文本</translation>
    </message>
    <message>
        <source>Projection</source>
        <translation>投影网络</translation>
    </message>
    <message>
        <source>Projection hidden</source>
        <translation>投影网络宽度</translation>
    </message>
    <message>
        <source>Encoder</source>
        <translation>编码器</translation>
    </message>
    <message>
        <source>Encoder hidden</source>
        <translation>编码器宽度</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>Beta</source>
        <translation>Beta（β）</translation>
    </message>
    <message>
        <source>Label smoothing</source>
        <translation>标签平滑</translation>
    </message>
    <message>
        <source>Center rewards coefficient</source>
        <translation>奖励居中系数</translation>
    </message>
    <message>
        <source>Learning rates</source>
        <translation>分组学习率</translation>
    </message>
    <message>
        <source>Quantization</source>
        <translation>量化</translation>
    </message>
    <message>
        <source>Algorithm</source>
        <translation>算法</translation>
    </message>
    <message>
        <source>Reward</source>
        <translation>奖励</translation>
    </message>
    <message>
        <source>Generations</source>
        <translation>每个提示的回答数</translation>
    </message>
    <message>
        <source>Max new tokens</source>
        <translation>回答最长词元数</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>Top p</source>
        <translation>Top-p</translation>
    </message>
    <message>
        <source>KL coefficient</source>
        <translation>KL 系数</translation>
    </message>
    <message>
        <source>Missing EOS penalty</source>
        <translation>未写完的扣分</translation>
    </message>
    <message>
        <source>Iterations</source>
        <translation>学习遍数</translation>
    </message>
    <message>
        <source>Minibatches</source>
        <translation>小批次数</translation>
    </message>
    <message>
        <source>Clip range</source>
        <translation>裁剪范围</translation>
    </message>
    <message>
        <source>Clip range high</source>
        <translation>裁剪上界</translation>
    </message>
    <message>
        <source>Scale rewards</source>
        <translation>奖励缩放</translation>
    </message>
    <message>
        <source>Loss type</source>
        <translation>损失类型</translation>
    </message>
    <message>
        <source>Mask truncated completions</source>
        <translation>忽略截断的回答</translation>
    </message>
    <message>
        <source>Gamma</source>
        <translation>折扣 γ</translation>
    </message>
    <message>
        <source>Lam</source>
        <translation>GAE λ</translation>
    </message>
    <message>
        <source>Vf coef</source>
        <translation>价值损失系数</translation>
    </message>
    <message>
        <source>Cliprange value</source>
        <translation>价值裁剪范围</translation>
    </message>
    <message>
        <source>Weight</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>Target</source>
        <translation>目标</translation>
    </message>
    <message>
        <source>Unit</source>
        <translation>单位</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>文字</translation>
    </message>
    <message>
        <source>Ignore case</source>
        <translation>忽略大小写</translation>
    </message>
    <message>
        <source>Pattern</source>
        <translation>模式</translation>
    </message>
    <message>
        <source>Form</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Attempt</source>
        <translation>错误答案得分</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Label</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Regression</source>
        <translation>回归</translation>
    </message>
    <message>
        <source>Multi label</source>
        <translation>多标签</translation>
    </message>
    <message>
        <source>This needs a value; the default is %1.</source>
        <translation>这里需要一个值；默认值为 %1。</translation>
    </message>
    <message>
        <source>Enter a whole number.</source>
        <translation>请输入整数。</translation>
    </message>
    <message>
        <source>Enter a number.</source>
        <translation>请输入数字。</translation>
    </message>
    <message>
        <source>Enter pairs such as name: value, with commas between them.</source>
        <translation>请输入“名称: 值”形式的配对，用半角逗号隔开。</translation>
    </message>
    <message>
        <source>This is not a value of this setting.</source>
        <translation>这不是该设置可用的值。</translation>
    </message>
    <message>
        <source>Split special tokens</source>
        <translation>拆分特殊词元</translation>
    </message>
</context>
<context>
    <name>NumberText</name>
    <message>
        <source>%1 B</source>
        <translation>%1 B</translation>
    </message>
    <message>
        <source>%1 M</source>
        <translation>%1 M</translation>
    </message>
    <message>
        <source>%1 k</source>
        <translation>%1 k</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message>
        <source>%1 min %2 s</source>
        <translation>%1 分 %2 秒</translation>
    </message>
    <message>
        <source>%1 h %2 min</source>
        <translation>%1 小时 %2 分</translation>
    </message>
</context>
<context>
    <name>Phase</name>
    <message>
        <source>loading the base</source>
        <translation>加载基座</translation>
    </message>
    <message>
        <source>reading the data</source>
        <translation>读取数据</translation>
    </message>
    <message>
        <source>training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>evaluating</source>
        <translation>评估</translation>
    </message>
    <message>
        <source>saving</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>asking the model as it is</source>
        <translation>记录起始模型的回答概率</translation>
    </message>
</context>
<context>
    <name>RunComparison</name>
    <message>
        <source>%1: %2</source>
        <translation>%1：%2</translation>
    </message>
</context>
<context>
    <name>RunText</name>
    <message>
        <source>done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>running</source>
        <translation>进行中</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation>中断</translation>
    </message>
    <message>
        <source>incomplete</source>
        <translation>不完整</translation>
    </message>
    <message>
        <source>%1, rank %2</source>
        <translation>%1，秩 %2</translation>
    </message>
    <message>
        <source>%1 %2</source>
        <translation>%1 %2</translation>
    </message>
    <message>
        <source>%1 at %2 of %3</source>
        <translation>%1于第 %2 步（共 %3 步）</translation>
    </message>
    <message>
        <source>–, %1</source>
        <translation>–，%1</translation>
    </message>
</context>
<context>
    <name>Warning</name>
    <message>
        <source>It learns nothing, or hardly anything</source>
        <translation>什么也学不到，或几乎学不到</translation>
    </message>
    <message>
        <source>The run ended no better than it began</source>
        <translation>运行结束时不比开始时好</translation>
    </message>
    <message>
        <source>The loss ran away</source>
        <translation>损失发散了</translation>
    </message>
    <message>
        <source>Overfitting: it learned the training rows by heart</source>
        <translation>过拟合：它把训练行背了下来</translation>
    </message>
    <message>
        <source>The run folder cannot be locked</source>
        <translation>无法锁定运行文件夹</translation>
    </message>
    <message>
        <source>The run is finished</source>
        <translation>运行已经结束</translation>
    </message>
    <message>
        <source>An earlier adapter is trained on</source>
        <translation>接着训练先前的适配器</translation>
    </message>
    <message>
        <source>This task trains without dropout</source>
        <translation>此任务训练时不用 dropout</translation>
    </message>
    <message>
        <source>Rows were left out</source>
        <translation>有些行被略去</translation>
    </message>
    <message>
        <source>Rows were cut</source>
        <translation>有些行被截断</translation>
    </message>
    <message>
        <source>Empty columns are left out</source>
        <translation>空列已忽略</translation>
    </message>
    <message>
        <source>Columns of 0 and 1 are taken as labels</source>
        <translation>0/1 列被当作标签</translation>
    </message>
    <message>
        <source>Two columns have the same name</source>
        <translation>有两列同名</translation>
    </message>
    <message>
        <source>The head is new</source>
        <translation>分类头是新建的</translation>
    </message>
    <message>
        <source>Lists are taken as one label each</source>
        <translation>每个列表被当作一个标签</translation>
    </message>
    <message>
        <source>The names of the outputs were assumed</source>
        <translation>输出的标签名是推测的</translation>
    </message>
    <message>
        <source>Some labels lie beyond the limit</source>
        <translation>有些标签在行数上限之外</translation>
    </message>
    <message>
        <source>A label is spelled in several ways</source>
        <translation>同一标签有多种写法</translation>
    </message>
    <message>
        <source>The rows are cut at the base&apos;s context</source>
        <translation>行按基座的上下文长度截断</translation>
    </message>
    <message>
        <source>The base has an output layer of its own</source>
        <translation>基座有自己的输出层</translation>
    </message>
    <message>
        <source>The weights are not quantised as the configuration says</source>
        <translation>权重并未如配置所说被量化</translation>
    </message>
    <message>
        <source>The tokenizer has more ids than the model</source>
        <translation>分词器的编号比模型多</translation>
    </message>
    <message>
        <source>Tags without a prefix are entities</source>
        <translation>没有前缀的标记被当作实体</translation>
    </message>
    <message>
        <source>Tensors of the file are not used</source>
        <translation>文件中有未使用的张量</translation>
    </message>
    <message>
        <source>A special token was added</source>
        <translation>新增了一个特殊词元</translation>
    </message>
    <message>
        <source>A token has another id than its file says</source>
        <translation>词元编号与其文件所写不同</translation>
    </message>
    <message>
        <source>Some labels are made of others</source>
        <translation>有的标签由其他标签组成</translation>
    </message>
    <message>
        <source>Empty parts between labels are left out</source>
        <translation>标签之间的空项被略去</translation>
    </message>
    <message>
        <source>Lists of one label are taken as the label</source>
        <translation>只有一项的列表被当作该标签</translation>
    </message>
    <message>
        <source>Words for a missing value stand for texts</source>
        <translation>文本处是表示缺失值的词</translation>
    </message>
    <message>
        <source>Comment lines are left out</source>
        <translation>注释行被略去</translation>
    </message>
    <message>
        <source>The first column counts the words</source>
        <translation>第一列是词的序号</translation>
    </message>
    <message>
        <source>Lines that are not one word are left out</source>
        <translation>不是单个词的行被略去</translation>
    </message>
    <message>
        <source>The base&apos;s head has more labels than the rows</source>
        <translation>基座的分类头有行中没有的标签</translation>
    </message>
    <message>
        <source>The base&apos;s labels get the rows&apos; spelling</source>
        <translation>基座的标签改用行中的写法</translation>
    </message>
    <message>
        <source>The head was trained for another kind of labels</source>
        <translation>分类头原先是为另一种标签训练的</translation>
    </message>
    <message>
        <source>There are further notes</source>
        <translation>还有其他说明未列出</translation>
    </message>
    <message>
        <source>Columns are not used</source>
        <translation>有些列没有用到</translation>
    </message>
    <message>
        <source>Held-out rows are among the training rows, too</source>
        <translation>留出的行也在训练行中</translation>
    </message>
    <message>
        <source>Some labels are rare</source>
        <translation>有些标签很少见</translation>
    </message>
    <message>
        <source>The tags follow no scheme</source>
        <translation>标注不符合任何格式</translation>
    </message>
    <message>
        <source>Another run trains on this machine</source>
        <translation>本机上还有另一个运行在训练</translation>
        <source>A damaged checkpoint was passed over</source>
        <translation>跳过了一个损坏的检查点</translation>
    </message>
    <message>
        <source>The disk may not have room for the checkpoints</source>
        <translation>磁盘可能放不下检查点</translation>
    </message>
    <message>
        <source>Whether the data are the same is not known</source>
        <translation>无法得知数据是否相同</translation>
    </message>
    <message>
        <source>Part of the record of the curves is damaged</source>
        <translation>曲线记录有一部分已损坏</translation>
    </message>
    <message>
        <source>A file of the run is written again</source>
        <translation>运行的一个文件已重新写入</translation>
    </message>
    <message>
        <source>The curves have a gap</source>
        <translation>曲线有缺口</translation>
    </message>
    <message>
        <source>Another version of Lathe wrote part of the record</source>
        <translation>记录的一部分由另一版本的 Lathe 写成</translation>
    </message>
    <message>
        <source>The run goes on, but not to the last digit</source>
        <translation>运行继续，但末位数字可能不同</translation>
    </message>
    <message>
        <source>The memory may not be enough</source>
        <translation>内存可能不够</translation>
    </message>
    <message>
        <source>A warning</source>
        <translation>警告</translation>
    </message>
    <message>
        <source>Answers marked as context are not learned</source>
        <translation>标记为上下文的回答不会被学习</translation>
    </message>
    <message>
        <source>Empty answers are not learned</source>
        <translation>空的回答不会被学习</translation>
    </message>
    <message>
        <source>Columns were guessed</source>
        <translation>列是猜测的</translation>
    </message>
    <message>
        <source>The chat template leaves contents out</source>
        <translation>聊天模板省略了部分内容</translation>
    </message>
    <message>
        <source>Contents spell out control tokens</source>
        <translation>内容中写有控制词元</translation>
    </message>
    <message>
        <source>Whether there is a header was guessed</source>
        <translation>是否有表头是猜测的</translation>
    </message>
    <message>
        <source>Labels are missing</source>
        <translation>缺少标签</translation>
    </message>
    <message>
        <source>Some labels are nearly the same</source>
        <translation>有些标签几乎相同</translation>
    </message>
    <message>
        <source>Labels were taken apart</source>
        <translation>标签已拆分</translation>
    </message>
    <message>
        <source>Labels were not taken apart</source>
        <translation>标签未拆分</translation>
    </message>
    <message>
        <source>Lists are written as text</source>
        <translation>列表以文本形式写出</translation>
    </message>
    <message>
        <source>Keys of messages are not used</source>
        <translation>消息中的某些键未被使用</translation>
    </message>
    <message>
        <source>The first line names the separator</source>
        <translation>首行指定了分隔符</translation>
    </message>
    <message>
        <source>Tool calls are written as text</source>
        <translation>工具调用以文本形式写出</translation>
    </message>
    <message>
        <source>Tool results are written as other turns</source>
        <translation>工具结果以其他轮次写出</translation>
    </message>
    <message>
        <source>Old function calls are read as tool calls</source>
        <translation>旧式函数调用按工具调用读取</translation>
    </message>
    <message>
        <source>Marks of what is learned are not used</source>
        <translation>未使用指定学习内容的标记</translation>
    </message>
    <message>
        <source>Roles are read as others</source>
        <translation>角色按其他角色读取</translation>
    </message>
</context>
<context>
    <name>lathe::BasePage</name>
    <message>
        <source>Choose a model folder</source>
        <translation>选择模型文件夹</translation>
    </message>
    <message>
        <source>Choose a GGUF file</source>
        <translation>选择 GGUF 文件</translation>
    </message>
    <message>
        <source>GGUF (*.gguf)</source>
        <translation>GGUF (*.gguf)</translation>
    </message>
    <message>
        <source>fetching</source>
        <translation>正在下载</translation>
    </message>
    <message>
        <source>on this computer</source>
        <translation>已在本机</translation>
    </message>
    <message>
        <source>not fetched yet</source>
        <translation>尚未下载</translation>
    </message>
    <message>
        <source>%1 · %2 · %3</source>
        <translation>%1 · %2 · %3</translation>
    </message>
    <message>
        <source>Chosen</source>
        <translation>已选</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>使用</translation>
    </message>
    <message>
        <source>Fetch</source>
        <translation>下载</translation>
    </message>
    <message>
        <source>Start from this model</source>
        <translation>从这个模型开始</translation>
    </message>
    <message>
        <source>Fetch this model once over the network; it is checked by its hash</source>
        <translation>通过网络下载一次这个模型，并用哈希校验</translation>
    </message>
    <message>
        <source>Recent base %1</source>
        <translation>最近用过的基座 %1</translation>
    </message>
    <message>
        <source>Architecture</source>
        <translation>架构</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>参数量</translation>
    </message>
    <message>
        <source>Blocks</source>
        <translation>层块</translation>
    </message>
    <message>
        <source>%1 × %2 wide</source>
        <translation>%1 × 宽 %2</translation>
    </message>
    <message>
        <source>Context</source>
        <translation>上下文</translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation>%1 个词元</translation>
    </message>
    <message>
        <source>Tokenizer</source>
        <translation>分词器</translation>
    </message>
    <message>
        <source>%1, %2 tokens</source>
        <translation>%1，%2 个词元</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>许可证</translation>
    </message>
    <message>
        <source>On disk</source>
        <translation>磁盘占用</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1，%2</translation>
    </message>
    <message>
        <source>Base</source>
        <translation>基座</translation>
    </message>
    <message>
        <source>the model to start from</source>
        <translation>从哪个模型开始</translation>
    </message>
    <message>
        <source>Shelf</source>
        <translation>模型架</translation>
    </message>
    <message>
        <source>From this computer</source>
        <translation>来自本机</translation>
    </message>
    <message>
        <source>Model folder…</source>
        <translation>模型文件夹…</translation>
    </message>
    <message>
        <source>A folder in the Hugging Face layout: config.json, tokenizer, safetensors</source>
        <translation>Hugging Face 结构的文件夹：config.json、分词器、safetensors</translation>
    </message>
    <message>
        <source>GGUF file…</source>
        <translation>GGUF 文件…</translation>
    </message>
    <message>
        <source>One file with weights and tokenizer</source>
        <translation>一个文件，内含权重和分词器</translation>
    </message>
    <message>
        <source>You can also drop a folder or a file here.</source>
        <translation>也可以把文件夹或文件拖到这里。</translation>
    </message>
    <message>
        <source>This base cannot be used</source>
        <translation>这个基座不能使用</translation>
    </message>
    <message>
        <source>What would change with the chosen method</source>
        <translation>所选方法会改变哪些部分</translation>
    </message>
    <message>
        <source>making</source>
        <translation>正在生成</translation>
    </message>
    <message>
        <source>not made yet</source>
        <translation>尚未生成</translation>
    </message>
    <message>
        <source>Make</source>
        <translation>生成</translation>
    </message>
    <message>
        <source>Make this model on this computer, with weights that have learnt nothing yet</source>
        <translation>在这台电脑上生成这个模型，其权重尚未学过任何东西</translation>
    </message>
    <message>
        <source>Chat template</source>
        <translation>对话模板</translation>
    </message>
    <message>
        <source>its own</source>
        <translation>自带</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>lathe::BillPanel</name>
    <message>
        <source>Bill</source>
        <translation>账单</translation>
    </message>
    <message>
        <source>Trained parameters</source>
        <translation>训练的参数</translation>
    </message>
    <message>
        <source>Memory while training</source>
        <translation>训练时的内存</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>Activations</source>
        <translation>激活值</translation>
    </message>
    <message>
        <source>Rows, tokenizer, libraries</source>
        <translation>数据行、分词器、程序库</translation>
    </message>
    <message>
        <source>Kept for the backward pass %1, for a moment %2</source>
        <translation>为反向传播保留 %1，短时占用 %2</translation>
    </message>
    <message>
        <source>Result on disk</source>
        <translation>结果的磁盘占用</translation>
    </message>
    <message>
        <source>Base on disk (shared)</source>
        <translation>基座的磁盘占用（共用）</translation>
    </message>
    <message>
        <source>Rows to learn from</source>
        <translation>用于学习的行数</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>步数</translation>
    </message>
    <message>
        <source>Time left</source>
        <translation>剩余时间</translation>
    </message>
    <message>
        <source>What changes</source>
        <translation>哪些部分会变</translation>
    </message>
    <message>
        <source>Bill of the run</source>
        <translation>本次运行的账单</translation>
    </message>
    <message>
        <source>Choose a base to see what training will cost.</source>
        <translation>选择一个基座，即可看到训练的开销。</translation>
    </message>
    <message>
        <source>The engine could not be loaded: %1</source>
        <translation>引擎无法加载：%1</translation>
    </message>
    <message>
        <source>Counting…</source>
        <translation>正在计算…</translation>
    </message>
    <message>
        <source>The engine is loading…</source>
        <translation>引擎正在加载…</translation>
    </message>
    <message>
        <source>Form: %1</source>
        <translation>表单：%1</translation>
    </message>
    <message>
        <source>Form: %1, %2 trained parameters, ≈ %3</source>
        <translation>表单：%1，训练 %2 个参数，≈ %3</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1，共 %2</translation>
    </message>
    <message>
        <source>≈ %1</source>
        <translation>≈ %1</translation>
    </message>
    <message>
        <source>measured · %1 predicted</source>
        <translation>实测 · 预计 %1</translation>
    </message>
    <message>
        <source>predicted</source>
        <translation>预计</translation>
    </message>
    <message>
        <source>Adapter %1, gradients %2, optimiser %3</source>
        <translation>适配器 %1，梯度 %2，优化器 %3</translation>
    </message>
    <message>
        <source>Adapter, optimiser</source>
        <translation>适配器、优化器</translation>
    </message>
    <message>
        <source>for example a linear %1 × %2 = %3 frozen → %4 trained</source>
        <translation>例如线性层 %1 × %2 = %3 冻结 → %4 训练</translation>
    </message>
    <message>
        <source>once it runs</source>
        <translation>运行后可知</translation>
    </message>
</context>
<context>
    <name>lathe::ChainStrip</name>
    <message>
        <source>Stages</source>
        <translation>阶段</translation>
    </message>
    <message>
        <source>Fills the form with the next stage&apos;s recipe, on the runs shown here.</source>
        <translation>用下一阶段的配方填写表单，基于这里显示的运行。</translation>
    </message>
    <message>
        <source>Next: learn a judge (reward model)</source>
        <translation>下一步：学习评判（奖励模型）</translation>
    </message>
    <message>
        <source>Next: learn from rewards</source>
        <translation>下一步：从奖励中学习</translation>
    </message>
    <message>
        <source>still to come</source>
        <translation>尚未进行</translation>
    </message>
    <message>
        <source>%1 · %2</source>
        <translation>%1 · %2</translation>
    </message>
</context>
<context>
    <name>lathe::ComparePage</name>
    <message>
        <source>validation loss</source>
        <translation>验证损失</translation>
    </message>
    <message>
        <source>training loss, smoothed</source>
        <translation>训练损失（平滑）</translation>
    </message>
    <message>
        <source>within 1 point of the best</source>
        <translation>与最佳相差不超过 1 个百分点</translation>
    </message>
    <message>
        <source>within %1 of the best</source>
        <translation>与最佳相差不超过 %1</translation>
    </message>
    <message>
        <source>Quality against trained parameters appears when two runs of one kind are done.</source>
        <translation>有两次同类运行完成后，这里显示质量与训练参数的关系。</translation>
    </message>
    <message numerus="yes">
        <source>%n runs are not done, or have no such metric: they do not count.</source>
        <translation>
            <numerusform>%n 次运行未完成或没有该指标，不计入。</numerusform>
        </translation>
    </message>
    <message>
        <source>These %1 runs are alike: each trains %2 parameters and reaches %3 from %4 to %5.</source>
        <translation>这 %1 次运行不相上下：各训练 %2 个参数，%3 在 %4 到 %5 之间。</translation>
    </message>
    <message>
        <source>Best of these %1 runs, and the one with the fewest trained parameters (%2): %3, %4 %5.</source>
        <translation>这 %1 次运行中最好的，也是训练参数最少的（%2）：%3，%4 %5。</translation>
    </message>
    <message>
        <source>Best of these %1 runs: %2, %3 %4 with %5 trained parameters. None with fewer comes within the margin.</source>
        <translation>这 %1 次运行中最好的：%2，%3 %4，训练 %5 个参数。参数更少的都达不到容差之内。</translation>
    </message>
    <message>
        <source>Enough here: %1, %2 %3 against %4 for the best (%5), with %6 of its trained parameters.</source>
        <translation>这里已经足够：%1，%2 %3，最好的为 %4（%5），训练参数只有它的 %6。</translation>
    </message>
    <message>
        <source>No verdict: %1 of these %2 runs are done, and it takes two.</source>
        <translation>无法评判：这 %2 次运行中只完成了 %1 次，至少需要两次。</translation>
    </message>
    <message>
        <source>No verdict: these runs learn different tasks.</source>
        <translation>无法评判：这些运行学习的任务不同。</translation>
    </message>
    <message>
        <source>No verdict: these runs use different rows, or are asked something else of them. See below what was set differently.</source>
        <translation>无法评判：这些运行使用的数据行不同，或对其要求不同。不同的设置见下方。</translation>
    </message>
    <message>
        <source>No verdict: these runs start from different bases.</source>
        <translation>无法评判：这些运行的基座不同。</translation>
    </message>
    <message>
        <source>No verdict: some of these runs trained longer than others.</source>
        <translation>无法评判：其中一些运行训练得更久。</translation>
    </message>
    <message>
        <source>No verdict: these runs have no metric in common.</source>
        <translation>无法评判：这些运行没有共同的指标。</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Trained</source>
        <translation>训练参数</translation>
    </message>
    <message>
        <source>Share</source>
        <translation>占比</translation>
    </message>
    <message>
        <source>Metric</source>
        <translation>指标</translation>
    </message>
    <message>
        <source>To best</source>
        <translation>与最佳之差</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>best</source>
        <translation>最佳</translation>
    </message>
    <message>
        <source>Setting</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>PNG picture (*.png)</source>
        <translation>PNG 图片 (*.png)</translation>
    </message>
    <message>
        <source>SVG drawing (*.svg)</source>
        <translation>SVG 图形 (*.svg)</translation>
    </message>
    <message>
        <source>PDF document (*.pdf)</source>
        <translation>PDF 文档 (*.pdf)</translation>
    </message>
    <message>
        <source>Table (*.csv)</source>
        <translation>表格 (*.csv)</translation>
    </message>
    <message>
        <source>Export the comparison</source>
        <translation>导出比较</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>The file could not be written: %1</source>
        <translation>文件无法写入：%1</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>runs side by side</source>
        <translation>并排比较运行</translation>
    </message>
    <message>
        <source>Choose runs</source>
        <translation>选择运行</translation>
    </message>
    <message>
        <source>Tick the runs to compare</source>
        <translation>勾选要比较的运行</translation>
    </message>
    <message>
        <source>Validation</source>
        <translation>验证</translation>
    </message>
    <message>
        <source>Save the plots or the table as a file</source>
        <translation>把图或表保存为文件</translation>
    </message>
    <message>
        <source>PNG picture…</source>
        <translation>PNG 图片…</translation>
    </message>
    <message>
        <source>SVG drawing…</source>
        <translation>SVG 图形…</translation>
    </message>
    <message>
        <source>PDF document…</source>
        <translation>PDF 文档…</translation>
    </message>
    <message>
        <source>CSV table…</source>
        <translation>CSV 表格…</translation>
    </message>
    <message>
        <source>Runs to compare</source>
        <translation>要比较的运行</translation>
    </message>
    <message>
        <source>Search name, method, task, note</source>
        <translation>搜索名称、方法、任务、备注</translation>
    </message>
    <message>
        <source>Search runs</source>
        <translation>搜索运行</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>No run is chosen. Tick some under “Choose runs”, or start a race on the Method page.</source>
        <translation>尚未选择运行。请在“选择运行”中勾选，或在“方法”页开始一场竞赛。</translation>
    </message>
    <message>
        <source>step</source>
        <translation>步</translation>
    </message>
    <message>
        <source>trained parameters</source>
        <translation>训练的参数</translation>
    </message>
    <message>
        <source>Quality against trained parameters</source>
        <translation>质量与训练参数</translation>
    </message>
    <message>
        <source>Numbers</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Numbers of the runs</source>
        <translation>各次运行的数据</translation>
    </message>
    <message>
        <source>What was set differently</source>
        <translation>不同的设置</translation>
    </message>
    <message>
        <source>Settings that differ</source>
        <translation>不同的设置</translation>
    </message>
    <message>
        <source>reward of held-out prompts</source>
        <translation>留出提示上的奖励</translation>
    </message>
    <message>
        <source>reward, smoothed</source>
        <translation>奖励（平滑）</translation>
    </message>
    <message>
        <source>Show what held-out rows give instead of training</source>
        <translation>显示留出数据上的结果，而不是训练时的</translation>
    </message>
    <message>
        <source>Curves of the chosen runs</source>
        <translation>所选运行的曲线</translation>
    </message>
</context>
<context>
    <name>lathe::ConfusionMatrix</name>
    <message>
        <source>%1, rightly called so: %2 of %3 (%4)</source>
        <translation>%1，判断正确：%3 行中的 %2 行（%4）</translation>
    </message>
    <message>
        <source>%1, called %2: %3 of %4 (%5)</source>
        <translation>%1 被判为 %2：%4 行中的 %3 行（%5）</translation>
    </message>
    <message>
        <source>is ↓  called →</source>
        <translation>实际 ↓  判为 →</translation>
    </message>
</context>
<context>
    <name>lathe::CurvePlot</name>
    <message>
        <source>%1 %2</source>
        <translation>%1 %2</translation>
    </message>
</context>
<context>
    <name>lathe::DataPage</name>
    <message>
        <source>Choose training data</source>
        <translation>选择训练数据</translation>
    </message>
    <message>
        <source>Choose validation data</source>
        <translation>选择验证数据</translation>
    </message>
    <message>
        <source>longest row %1: %2 cut</source>
        <translation>最长 %1：截断 %2 行</translation>
    </message>
    <message>
        <source>longest row %1 tokens</source>
        <translation>最长的行 %1 个词元</translation>
    </message>
    <message>
        <source>training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>validation</source>
        <translation>验证</translation>
    </message>
    <message>
        <source>cut</source>
        <translation>截断</translation>
    </message>
    <message>
        <source>dropped</source>
        <translation>舍弃</translation>
    </message>
    <message>
        <source>Labels</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Trained tokens</source>
        <translation>训练的词元</translation>
    </message>
    <message>
        <source>Words to learn</source>
        <translation>要学习的词</translation>
    </message>
    <message>
        <source>and %1 more</source>
        <translation>以及另外 %1 个</translation>
    </message>
    <message>
        <source>learnt</source>
        <translation>学习</translation>
    </message>
    <message>
        <source>%1 · %2</source>
        <translation>%1 · %2</translation>
    </message>
    <message>
        <source>read only</source>
        <translation>只读</translation>
    </message>
    <message>
        <source>Rows left out</source>
        <translation>舍弃的行</translation>
    </message>
    <message>
        <source>guess</source>
        <translation>猜测</translation>
    </message>
    <message>
        <source>%1 (guessed)</source>
        <translation>%1（猜测）</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>drop a file here, or choose one</source>
        <translation>把文件拖到这里，或选择一个</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Training data</source>
        <translation>训练数据</translation>
    </message>
    <message>
        <source>The file with the rows to learn from.</source>
        <translation>用于学习的数据文件。</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>Choose the file with the rows to learn from</source>
        <translation>选择用于学习的数据文件</translation>
    </message>
    <message>
        <source>Or start with:</source>
        <translation>或者从这里开始：</translation>
    </message>
    <message>
        <source>Use the data set %1 that comes with Lathe</source>
        <translation>使用 Lathe 自带的数据集 %1</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>auto: %1</source>
        <translation>自动：%1</translation>
    </message>
    <message>
        <source>reading %1…</source>
        <translation>正在读取 %1…</translation>
    </message>
    <message>
        <source>Chat format</source>
        <translation>对话格式</translation>
    </message>
    <message>
        <source>How a conversation is written for the model; “auto” takes the model&apos;s own format.</source>
        <translation>对话以何种写法交给模型；“auto”采用模型自带的格式。</translation>
    </message>
    <message>
        <source>Column for: %1</source>
        <translation>对应列：%1</translation>
    </message>
    <message>
        <source>The column that holds this; guessed from names and contents.</source>
        <translation>存放该内容的列；按列名和内容猜测。</translation>
    </message>
    <message>
        <source>The data cannot be used as it is</source>
        <translation>数据无法直接使用</translation>
    </message>
    <message>
        <source>As the model reads it</source>
        <translation>模型读到的样子</translation>
    </message>
    <message>
        <source>trained</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Length in words (choose a base to count tokens)</source>
        <translation>长度（词数；选择基座后按词元计）</translation>
    </message>
    <message>
        <source>Length in tokens</source>
        <translation>长度（词元）</translation>
    </message>
    <message>
        <source>Longest row</source>
        <translation>最长的行</translation>
    </message>
    <message>
        <source>Rows longer than so many tokens are cut; memory grows with it. Usual: 64 to 2048.</source>
        <translation>超过这么多词元的行会被截断；内存随之增长。常用：64 到 2048。</translation>
    </message>
    <message>
        <source>Longest row in tokens</source>
        <translation>最长的行（词元数）</translation>
    </message>
    <message>
        <source>Lengths of the rows</source>
        <translation>各行的长度</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>行数</translation>
    </message>
    <message>
        <source>Validation</source>
        <translation>验证</translation>
    </message>
    <message>
        <source>no validation</source>
        <translation>不验证</translation>
    </message>
    <message>
        <source>a share of the rows</source>
        <translation>取一部分行</translation>
    </message>
    <message>
        <source>rows of another file</source>
        <translation>另一个文件的行</translation>
    </message>
    <message>
        <source>Source of the validation rows</source>
        <translation>验证行的来源</translation>
    </message>
    <message>
        <source>Rows held out of training, to see whether the model learns or only remembers.</source>
        <translation>不参与训练的行，用来看模型是学会了还是只记住了。</translation>
    </message>
    <message>
        <source> %</source>
        <translation> %</translation>
    </message>
    <message>
        <source>Share of the rows for validation</source>
        <translation>用于验证的比例</translation>
    </message>
    <message>
        <source>Usual: 5 to 20 %.</source>
        <translation>常用：5 到 20 %。</translation>
    </message>
    <message>
        <source>File with validation rows</source>
        <translation>验证数据文件</translation>
    </message>
    <message>
        <source>Data (*.json *.jsonl *.csv *.tsv *.txt *.conll);;All files (*)</source>
        <translation>数据 (*.json *.jsonl *.csv *.tsv *.txt *.conll);;所有文件 (*)</translation>
    </message>
    <message>
        <source>%1 · %2 rows</source>
        <translation>%1 · %2 行</translation>
    </message>
    <message>
        <source>JSON, JSON lines, CSV, TSV, CoNLL, plain text or a folder</source>
        <translation>JSON、JSON 行、CSV、TSV、CoNLL、纯文本或文件夹</translation>
    </message>
    <message>
        <source>How the data is read; “auto” goes by its name and content.</source>
        <translation>数据的读取方式；“auto”按名称和内容判断。</translation>
    </message>
    <message>
        <source>Encoding</source>
        <translation>编码</translation>
    </message>
    <message>
        <source>How the file&apos;s bytes are letters; “auto” looks at them.</source>
        <translation>文件的字节如何对应文字；“auto”会自行判断。</translation>
    </message>
    <message>
        <source>better</source>
        <translation>较好</translation>
    </message>
    <message>
        <source>worse</source>
        <translation>较差</translation>
    </message>
    <message>
        <source>prompts are only read: the model learns from the answers it writes</source>
        <translation>提示只供阅读：模型从自己写出的回答中学习</translation>
    </message>
    <message>
        <source>Learn</source>
        <translation>学习</translation>
    </message>
    <message>
        <source>Whether the answers alone are learnt, or every token of a row.</source>
        <translation>只学习回答，还是学习一行中的每个词元。</translation>
    </message>
    <message>
        <source>the answers</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>whole rows</source>
        <translation>整行</translation>
    </message>
    <message>
        <source>Sequences</source>
        <translation>序列</translation>
    </message>
    <message>
        <source>Whether each row is a sequence, or short rows share one, each seeing itself alone: less padding, so faster, with more rows in a step.</source>
        <translation>每行自成一个序列，还是若干短行共用一个、彼此互不可见：填充更少，因而更快，每步的行数也更多。</translation>
    </message>
    <message>
        <source>one a row</source>
        <translation>每行一个</translation>
    </message>
    <message>
        <source>shared by short rows</source>
        <translation>短行共用</translation>
    </message>
    <message>
        <source>%1 sequences</source>
        <translation>%1 个序列</translation>
    </message>
    <message>
        <source>the model&apos;s own</source>
        <translation>模型自带</translation>
    </message>
</context>
<context>
    <name>lathe::EvaluatePage</name>
    <message>
        <source>Base: %1</source>
        <translation>基座：%1</translation>
    </message>
    <message>
        <source>No finished run yet. Train one, then judge it here.</source>
        <translation>还没有完成的运行。先训练一次，再来这里评估。</translation>
    </message>
    <message>
        <source>A run is going on. Its result can be judged when it has ended.</source>
        <translation>运行正在进行。结束后即可评估其结果。</translation>
    </message>
    <message>
        <source>A plain model is judged on a task: choose one on the Task page.</source>
        <translation>评估单独的模型需要任务：请在“任务”页选择。</translation>
    </message>
    <message>
        <source>A plain model has held out no rows: choose a file, or drop one here.</source>
        <translation>单独的模型没有留出的数据行：请选择文件，或把文件拖到这里。</translation>
    </message>
    <message>
        <source>Rows to judge by</source>
        <translation>用来评估的数据行</translation>
    </message>
    <message>
        <source>Data (*.json *.jsonl *.csv *.tsv *.txt *.conll);;All files (*)</source>
        <translation>数据 (*.json *.jsonl *.csv *.tsv *.txt *.conll);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Table (*.csv)</source>
        <translation>表格 (*.csv)</translation>
    </message>
    <message>
        <source>PNG picture (*.png)</source>
        <translation>PNG 图片 (*.png)</translation>
    </message>
    <message>
        <source>SVG drawing (*.svg)</source>
        <translation>SVG 图形 (*.svg)</translation>
    </message>
    <message>
        <source>Export the evaluation</source>
        <translation>导出评估结果</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>The file could not be written: %1</source>
        <translation>文件无法写入：%1</translation>
    </message>
    <message>
        <source>Evaluate</source>
        <translation>评估</translation>
    </message>
    <message>
        <source>before and after, on rows the model has not learnt from</source>
        <translation>在模型没有学过的数据上比较训练前后</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Run or model to judge</source>
        <translation>要评估的运行或模型</translation>
    </message>
    <message>
        <source>The run whose result is judged; the newest comes first</source>
        <translation>评估其结果的运行；最新的排在最前</translation>
    </message>
    <message>
        <source>no run yet</source>
        <translation>还没有运行</translation>
    </message>
    <message>
        <source>Save the rows as a table, or the matrix as a picture</source>
        <translation>把数据行保存为表格，或把矩阵保存为图片</translation>
    </message>
    <message>
        <source>CSV tables…</source>
        <translation>CSV 表格…</translation>
    </message>
    <message>
        <source>PNG picture of the matrix…</source>
        <translation>矩阵的 PNG 图片…</translation>
    </message>
    <message>
        <source>SVG drawing of the matrix…</source>
        <translation>矩阵的 SVG 图形…</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>行数</translation>
    </message>
    <message>
        <source>held out by the run</source>
        <translation>运行留出的数据行</translation>
    </message>
    <message>
        <source>The rows that the run kept for validation, or a file of your own</source>
        <translation>运行留作验证的数据行，或您自己的文件</translation>
    </message>
    <message>
        <source>File…</source>
        <translation>文件…</translation>
    </message>
    <message>
        <source>Choose a data file of the same kind; it can also be dropped here</source>
        <translation>选择同类的数据文件；也可以拖到这里</translation>
    </message>
    <message>
        <source>Before, too</source>
        <translation>也评估训练前</translation>
    </message>
    <message>
        <source>Judge the model as it was before its run on the same rows; takes twice the time</source>
        <translation>在同样的数据行上也评估训练前的模型；时间加倍</translation>
    </message>
    <message>
        <source>Answers</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>Rows that are answered</source>
        <translation>要回答的行数</translation>
    </message>
    <message>
        <source>So many rows are answered and shown side by side. Usual: 3 to 10.</source>
        <translation>回答这么多行并并排显示。常用：3 到 10。</translation>
    </message>
    <message>
        <source>Judges the model; training waits meanwhile</source>
        <translation>评估模型；其间不能训练</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Progress of the evaluation</source>
        <translation>评估进度</translation>
    </message>
    <message>
        <source>What is mixed up</source>
        <translation>混淆情况</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>之前</translation>
    </message>
    <message>
        <source>Show what the model mixed up before its run</source>
        <translation>显示模型在训练前的混淆情况</translation>
    </message>
    <message>
        <source>Confusion matrix</source>
        <translation>混淆矩阵</translation>
    </message>
    <message>
        <source>Each label</source>
        <translation>各个标签</translation>
    </message>
    <message>
        <source>Changed</source>
        <translation>变化的行</translation>
    </message>
    <message>
        <source>The rows that changed most since before, instead of the worst ones</source>
        <translation>显示与之前相比变化最大的行，而不是最差的行</translation>
    </message>
    <message>
        <source>The chosen row</source>
        <translation>选中的行</translation>
    </message>
    <message>
        <source>%1 · %2 held-out rows of %3</source>
        <translation>%1 · %3 中留出的 %2 行</translation>
    </message>
    <message>
        <source>%1 · %2 rows of %3</source>
        <translation>%1 · %3 的 %2 行</translation>
    </message>
    <message>
        <source>%1 rows better, %2 worse</source>
        <translation>%1 行变好，%2 行变差</translation>
    </message>
    <message>
        <source>The share of rows whose expected answer has a lower loss than before</source>
        <translation>期望答案的损失比之前更低的行所占的比例</translation>
    </message>
    <message>
        <source>before %1 (%2)</source>
        <translation>之前 %1（%2）</translation>
    </message>
    <message>
        <source>Each kind of entity</source>
        <translation>各类实体</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Label</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>精确率</translation>
    </message>
    <message>
        <source>Recall</source>
        <translation>召回率</translation>
    </message>
    <message>
        <source>F1</source>
        <translation>F1</translation>
    </message>
    <message>
        <source>F1 before</source>
        <translation>之前的 F1</translation>
    </message>
    <message>
        <source>There</source>
        <translation>出现次数</translation>
    </message>
    <message>
        <source>Rows that changed most</source>
        <translation>变化最大的行</translation>
    </message>
    <message>
        <source>Worst rows</source>
        <translation>最差的行</translation>
    </message>
    <message>
        <source>Line</source>
        <translation>行号</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>Expected</source>
        <translation>期望</translation>
    </message>
    <message>
        <source>Got</source>
        <translation>得到</translation>
    </message>
    <message>
        <source>Loss before</source>
        <translation>之前的损失</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>Expected: %1</source>
        <translation>期望：%1</translation>
    </message>
    <message>
        <source>Before: %1</source>
        <translation>之前：%1</translation>
    </message>
    <message>
        <source>Got: %1</source>
        <translation>得到：%1</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>现在</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
</context>
<context>
    <name>lathe::FieldForm</name>
    <message>
        <source>automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>Changed. Click to go back to the default (%1).</source>
        <translation>已修改。点击恢复默认值（%1）。</translation>
    </message>
    <message>
        <source>Reset %1</source>
        <translation>重置 %1</translation>
    </message>
</context>
<context>
    <name>lathe::FolderBox</name>
    <message>
        <source>none chosen</source>
        <translation>未选择</translation>
    </message>
    <message>
        <source>Choose a folder…</source>
        <translation>选择文件夹…</translation>
    </message>
    <message>
        <source>Choose a folder</source>
        <translation>选择文件夹</translation>
    </message>
</context>
<context>
    <name>lathe::HelpWindow</name>
    <message>
        <source>Help</source>
        <translation>帮助</translation>
    </message>
    <message>
        <source>Pages of the help</source>
        <translation>帮助页面</translation>
    </message>
</context>
<context>
    <name>lathe::LayerMap</name>
    <message>
        <source>Layers of the model</source>
        <translation>模型的各层</translation>
    </message>
    <message>
        <source>head</source>
        <translation>输出头</translation>
    </message>
    <message>
        <source>input</source>
        <translation>输入</translation>
    </message>
    <message>
        <source>block %1</source>
        <translation>第 %1 块</translation>
    </message>
    <message>
        <source>frozen</source>
        <translation>冻结</translation>
    </message>
    <message>
        <source>trained</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>adapter</source>
        <translation>适配器</translation>
    </message>
    <message>
        <source>%1: %2 parameters, %3 of them trained, %4 added</source>
        <translation>%1：%2 个参数，其中训练 %3，新增 %4</translation>
    </message>
</context>
<context>
    <name>lathe::MainWindow</name>
    <message>
        <source>Task</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Base</source>
        <translation>基座</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>Try</source>
        <translation>试用</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>This base calls its layers otherwise: the method now changes %1 (before: %2)</source>
        <translation>这个基座的层名不同：方法现在改变 %1（之前：%2）</translation>
    </message>
    <message>
        <source>The run is done: %1</source>
        <translation>运行完成：%1</translation>
    </message>
    <message>
        <source>no engine</source>
        <translation>没有引擎</translation>
    </message>
    <message>
        <source>The engine could not be loaded</source>
        <translation>引擎无法加载</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>步骤</translation>
    </message>
    <message>
        <source>Fine-tune</source>
        <translation>微调</translation>
    </message>
    <message>
        <source>Look</source>
        <translation>查看</translation>
    </message>
    <message>
        <source>Library</source>
        <translation>资料库</translation>
    </message>
    <message>
        <source>Name of the next run</source>
        <translation>下一次运行的名称</translation>
    </message>
    <message>
        <source>Name of the run that the form makes; its folder is called so</source>
        <translation>此表单所启动运行的名称，也是其文件夹名</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>单步</translation>
    </message>
    <message>
        <source>One step, then pause again.</source>
        <translation>走一步，然后再次暂停。</translation>
    </message>
    <message>
        <source>Stop…</source>
        <translation>停止…</translation>
    </message>
    <message>
        <source>Ends the run after its step; you choose what is kept.</source>
        <translation>当前步结束后停止；由你决定保留什么。</translation>
    </message>
    <message>
        <source>New</source>
        <translation>新建</translation>
    </message>
    <message>
        <source>Open…</source>
        <translation>打开…</translation>
    </message>
    <message>
        <source>Save recipe as…</source>
        <translation>配方另存为…</translation>
    </message>
    <message>
        <source>Copy as command</source>
        <translation>复制为命令</translation>
    </message>
    <message>
        <source>▶ %1</source>
        <translation>▶ %1</translation>
    </message>
    <message>
        <source>the engine is still loading</source>
        <translation>引擎仍在加载</translation>
    </message>
    <message>
        <source>checking…</source>
        <translation>正在检查…</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>重做</translation>
    </message>
    <message>
        <source>Cannot start yet: %1</source>
        <translation>还不能开始：%1</translation>
    </message>
    <message>
        <source>Checking the data and the base before the start…</source>
        <translation>开始前正在检查数据和基座…</translation>
    </message>
    <message>
        <source>“Stop and keep” saves the result so far and a checkpoint to resume from. “Discard” deletes the run.</source>
        <translation>“停止并保留”会保存目前的结果和可继续的检查点。“丢弃”会删除这次运行。</translation>
    </message>
    <message>
        <source>A run is in progress</source>
        <translation>有运行正在进行</translation>
    </message>
    <message>
        <source>A run is in progress. Stop it and close?</source>
        <translation>有运行正在进行。停止并关闭吗？</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>开始</translation>
    </message>
    <message>
        <source>Pause or continue</source>
        <translation>暂停或继续</translation>
    </message>
    <message>
        <source>About Lathe</source>
        <translation>关于 Lathe</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Open recent</source>
        <translation>打开最近的</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>untitled</source>
        <translation>未命名</translation>
    </message>
    <message>
        <source>%1 – Lathe</source>
        <translation>%1 – Lathe</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>The model stays loaded: try it on the Try page, then go on.</source>
        <translation>模型保持加载：可在“试用”页试一试，再继续。</translation>
    </message>
    <message>
        <source>▶ Start</source>
        <translation>▶ 开始</translation>
    </message>
    <message>
        <source>Starts the run (Ctrl+Return)</source>
        <translation>开始运行 (Ctrl+Return)</translation>
    </message>
    <message>
        <source>Nothing missing</source>
        <translation>一切就绪</translation>
    </message>
    <message>
        <source>The engine is loading…</source>
        <translation>引擎正在加载…</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>Stopping after this step</source>
        <translation>本步结束后停止</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>checkpoint at step %1</source>
        <translation>检查点：第 %1 步</translation>
    </message>
    <message>
        <source>race: run %1 of %2</source>
        <translation>竞赛：第 %1 次，共 %2 次</translation>
    </message>
    <message>
        <source>Stop the run?</source>
        <translation>停止运行？</translation>
    </message>
    <message>
        <source>Stop the run after this step?</source>
        <translation>本步结束后停止运行？</translation>
    </message>
    <message>
        <source>Stop and keep</source>
        <translation>停止并保留</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>丢弃</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Keep and close</source>
        <translation>保留并关闭</translation>
    </message>
    <message>
        <source>Discard and close</source>
        <translation>丢弃并关闭</translation>
    </message>
    <message>
        <source>Nothing is there</source>
        <translation>没有找到</translation>
    </message>
    <message>
        <source>There is no file or folder %1.</source>
        <translation>文件或文件夹 %1 不存在。</translation>
    </message>
    <message>
        <source>%1 is opened as soon as the engine is loaded</source>
        <translation>引擎加载完成后即打开 %1</translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>还有 %n 项</numerusform>
        </translation>
    </message>
    <message>
        <source>The recipe has faults</source>
        <translation>配方有错误</translation>
    </message>
    <message>
        <source>This is not a recipe; the form is unchanged</source>
        <translation>这不是配方；表单未改变</translation>
    </message>
    <message>
        <source>A run is in progress; %1 can be shown when it has ended</source>
        <translation>有运行正在进行；结束后才能显示 %1</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Save recipe as</source>
        <translation>配方另存为</translation>
    </message>
    <message>
        <source>Recipes (*.yaml)</source>
        <translation>配方 (*.yaml)</translation>
    </message>
    <message>
        <source>The recipe was not saved</source>
        <translation>配方没有保存</translation>
    </message>
    <message>
        <source>Saved %1</source>
        <translation>已保存 %1</translation>
    </message>
    <message>
        <source>The command was not copied</source>
        <translation>命令没有复制</translation>
    </message>
    <message>
        <source>The command that repeats this run is on the clipboard</source>
        <translation>可重复此次运行的命令已复制到剪贴板</translation>
    </message>
    <message>
        <source>Lathe %1
A workbench for fine-tuning language models.</source>
        <translation>Lathe %1
语言模型微调工作台。</translation>
    </message>
    <message>
        <source>Free software under the GNU General Public License, version 3 or later (GPL-3.0-or-later). It comes without any warranty. Built with Qt, LibTorch, QCustomPlot, SentencePiece and yaml-cpp.</source>
        <translation>自由软件，采用 GNU 通用公共许可证第 3 版或更高版本（GPL-3.0-or-later），不提供任何担保。基于 Qt、LibTorch、QCustomPlot、SentencePiece 和 yaml-cpp 构建。</translation>
    </message>
    <message>
        <source>Evaluate</source>
        <translation>评估</translation>
    </message>
    <message>
        <source>Recipes, models and data (*.yaml *.yml *.gguf *.json *.jsonl *.csv *.tsv *.txt *.conll);;All files (*)</source>
        <translation>配方、模型和数据 (*.yaml *.yml *.gguf *.json *.jsonl *.csv *.tsv *.txt *.conll);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Starts the run</source>
        <translation>开始运行</translation>
    </message>
    <message>
        <source>Menu</source>
        <translation>菜单</translation>
    </message>
    <message>
        <source>Menu (F10)</source>
        <translation>菜单（F10）</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>帮助</translation>
    </message>
    <message>
        <source>the program was moved away from its help pages</source>
        <translation>程序已离开它的帮助页面所在的位置</translation>
    </message>
</context>
<context>
    <name>lathe::MethodCard</name>
    <message>
        <source>%1; trains %2 parameters</source>
        <translation>%1；训练 %2 个参数</translation>
    </message>
</context>
<context>
    <name>lathe::MethodDrawing</name>
    <message>
        <source>How it works</source>
        <translation>工作原理</translation>
    </message>
    <message>
        <source>%1 trained</source>
        <translation>训练 %1</translation>
    </message>
    <message>
        <source>%1 trained (%2 %)</source>
        <translation>训练 %1（%2 %）</translation>
    </message>
    <message>
        <source>Choose a base to see the real sizes.</source>
        <translation>选择一个基座，即可看到真实大小。</translation>
    </message>
    <message>
        <source>B %1 × %2</source>
        <translation>B %1 × %2</translation>
    </message>
    <message>
        <source>A %1 × %2</source>
        <translation>A %1 × %2</translation>
    </message>
    <message>
        <source>W %1 × %2</source>
        <translation>W %1 × %2</translation>
    </message>
    <message>
        <source>%1 frozen</source>
        <translation>%1 冻结</translation>
    </message>
    <message>
        <source>frozen</source>
        <translation>冻结</translation>
    </message>
    <message>
        <source>%1 vectors</source>
        <translation>%1 个向量</translation>
    </message>
    <message>
        <source>the text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>the base is frozen</source>
        <translation>基座被冻结</translation>
    </message>
    <message>
        <source>%1 → %2 → %1</source>
        <translation>%1 → %2 → %1</translation>
    </message>
    <message>
        <source>%1 trained at each place</source>
        <translation>每处训练 %1 个</translation>
    </message>
</context>
<context>
    <name>lathe::MethodList</name>
    <message>
        <source>Combine with</source>
        <translation>再加一种方法</translation>
    </message>
    <message>
        <source>Trains one more method in the same run, beside those that are chosen</source>
        <translation>在同一次训练中，除已选的方法外再训练一种方法</translation>
    </message>
    <message>
        <source>Trained together:</source>
        <translation>一起训练：</translation>
    </message>
    <message>
        <source>Methods that add to the base can be trained together.</source>
        <translation>在基座上添加参数的方法可以一起训练。</translation>
    </message>
    <message>
        <source>Shows the settings of %1</source>
        <translation>显示 %1 的设置</translation>
    </message>
    <message>
        <source>Remove %1</source>
        <translation>移除 %1</translation>
    </message>
    <message>
        <source>Takes this method out; the others stay as they are</source>
        <translation>去掉这种方法，其余的保持不变</translation>
    </message>
</context>
<context>
    <name>lathe::MethodPage</name>
    <message>
        <source>Rank %1</source>
        <translation>秩 %1</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>what may change, and what it costs (bars: trained parameters, log scale)</source>
        <translation>哪些可以改变，代价多少（条形：训练参数，对数刻度）</translation>
    </message>
    <message>
        <source>Simple</source>
        <translation>简单</translation>
    </message>
    <message>
        <source>The settings that matter most</source>
        <translation>最重要的设置</translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation>高级</translation>
    </message>
    <message>
        <source>Every setting</source>
        <translation>全部设置</translation>
    </message>
    <message>
        <source>Alpha</source>
        <translation>Alpha</translation>
    </message>
    <message>
        <source>The change is scaled by alpha / rank. Usual: once or twice the rank.</source>
        <translation>变化按 alpha / 秩缩放。常用：秩的 1 或 2 倍。</translation>
    </message>
    <message>
        <source>Dropout</source>
        <translation>丢弃率</translation>
    </message>
    <message>
        <source>Share of the adapter&apos;s inputs left out at random while training. Usual: 0 to 0.1.</source>
        <translation>训练时随机丢弃适配器输入的比例。常用：0 到 0.1。</translation>
    </message>
    <message>
        <source>Settings of the method</source>
        <translation>方法的设置</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>位置</translation>
    </message>
    <message>
        <source>How it works</source>
        <translation>工作原理</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Try several ranks</source>
        <translation>试几个秩</translation>
    </message>
    <message>
        <source>Runs the same training for each rank and names the smallest that is good enough.</source>
        <translation>对每个秩做同样的训练，并指出足够好的最小的秩。</translation>
    </message>
    <message>
        <source>Another rank for the race</source>
        <translation>再加一个秩</translation>
    </message>
    <message>
        <source>Any whole number</source>
        <translation>任意整数</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>Add this rank to the race</source>
        <translation>把这个秩加入竞赛</translation>
    </message>
    <message>
        <source>Race</source>
        <translation>竞赛</translation>
    </message>
    <message>
        <source>%1 %2</source>
        <translation>%1 %2</translation>
    </message>
    <message>
        <source>all linear</source>
        <translation>全部线性层</translation>
    </message>
    <message>
        <source>Linear layers that get an adapter</source>
        <translation>加适配器的线性层</translation>
    </message>
    <message>
        <source>Choose a base to see its layers.</source>
        <translation>选择一个基座，即可看到它的层。</translation>
    </message>
    <message>
        <source>%1 linear layers of %2 · %3 blocks</source>
        <translation>%2 个线性层中的 %1 个 · %3 块</translation>
    </message>
    <message numerus="yes">
        <source>%n runs</source>
        <translation>
            <numerusform>%n 次运行</numerusform>
        </translation>
    </message>
    <message>
        <source>A run is going on; the race can start when it has ended.</source>
        <translation>有运行正在进行；结束后才能开始竞赛。</translation>
    </message>
    <message>
        <source>Still missing: %1</source>
        <translation>还缺：%1</translation>
    </message>
    <message>
        <source>Runs the same training once for each rank and compares them</source>
        <translation>对每个秩各做一次同样的训练并比较</translation>
    </message>
    <message>
        <source>Settings of the task</source>
        <translation>任务的设置</translation>
    </message>
    <message>
        <source>Only one method can put vectors in front of the texts.</source>
        <translation>只能有一种方法在文本前面放置向量。</translation>
    </message>
    <message>
        <source>An embedding that gets an adapter</source>
        <translation>获得适配器的嵌入层</translation>
    </message>
</context>
<context>
    <name>lathe::Page</name>
    <message>
        <source>The engine could not be loaded: %1</source>
        <translation>引擎无法加载：%1</translation>
    </message>
    <message>
        <source>The engine is loading.</source>
        <translation>引擎正在加载。</translation>
    </message>
</context>
<context>
    <name>lathe::ProbabilityBars</name>
    <message>
        <source>%1 %2 %</source>
        <translation>%1 %2 %</translation>
    </message>
    <message>
        <source>Probabilities</source>
        <translation>概率</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
</context>
<context>
    <name>lathe::ProgressSamples</name>
    <message>
        <source>The same prompts, as it learns</source>
        <translation>同样的提示，随训练变化</translation>
    </message>
    <message>
        <source>step %1</source>
        <translation>第 %1 步</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>之前</translation>
    </message>
    <message>
        <source>Reward</source>
        <translation>奖励</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>现在</translation>
    </message>
</context>
<context>
    <name>lathe::Rail</name>
    <message>
        <source>form: %1</source>
        <translation>表单：%1</translation>
    </message>
</context>
<context>
    <name>lathe::RankSlider</name>
    <message>
        <source>Rank</source>
        <translation>秩</translation>
    </message>
    <message>
        <source>How many directions each changed layer may learn. Any whole number; 4 to 16 is usual. More trains more parameters.</source>
        <translation>每个改变的层可学习多少个方向。任意整数；常用 4 到 16。越大训练的参数越多。</translation>
    </message>
    <message>
        <source>Rank, powers of two</source>
        <translation>秩，2 的幂</translation>
    </message>
</context>
<context>
    <name>lathe::RecipeDraft</name>
    <message>
        <source>open recipe</source>
        <translation>打开配方</translation>
    </message>
    <message>
        <source>change %1</source>
        <translation>修改%1</translation>
    </message>
    <message>
        <source>choose method</source>
        <translation>选择方法</translation>
    </message>
    <message>
        <source>choose a task</source>
        <translation>请选择任务</translation>
    </message>
    <message>
        <source>change the layers with the base</source>
        <translation>随基座更换层</translation>
    </message>
    <message>
        <source>choose data</source>
        <translation>请选择数据</translation>
    </message>
    <message>
        <source>choose a base</source>
        <translation>请选择基座</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1：%2</translation>
    </message>
    <message>
        <source>this base cannot be trained for this task</source>
        <translation>这个基座不能用于这个任务</translation>
    </message>
    <message>
        <source>choose task</source>
        <translation>选择任务</translation>
    </message>
    <message>
        <source>combine methods</source>
        <translation>组合方法</translation>
    </message>
    <message>
        <source>remove method</source>
        <translation>移除方法</translation>
    </message>
</context>
<context>
    <name>lathe::ResumeBar</name>
    <message>
        <source>%1 was interrupted at step %2 of %3.</source>
        <translation>%1 在第 %2 步（共 %3 步）被中断。</translation>
    </message>
    <message>
        <source>%1 was interrupted before its first step.</source>
        <translation>%1 在第一步之前被中断。</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>继续运行</translation>
    </message>
    <message>
        <source>Goes on from the last checkpoint</source>
        <translation>从最近的检查点继续</translation>
    </message>
    <message>
        <source>Run again</source>
        <translation>重新运行</translation>
    </message>
    <message>
        <source>Fills the form with this run&apos;s recipe</source>
        <translation>用这次运行的配方填写表单</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>忽略</translation>
    </message>
    <message>
        <source>The run stays on the Runs page</source>
        <translation>这次运行仍保留在“运行”页</translation>
    </message>
</context>
<context>
    <name>lathe::RewardEditor</name>
    <message>
        <source>Add reward</source>
        <translation>添加奖励</translation>
    </message>
    <message>
        <source>Another thing to reward an answer for; the rewards are added up by their weights</source>
        <translation>再加一项奖励；各项按权重相加</translation>
    </message>
    <message>
        <source>What is rewarded</source>
        <translation>奖励什么</translation>
    </message>
    <message>
        <source>What an answer is rewarded for</source>
        <translation>回答因何得到奖励</translation>
    </message>
    <message>
        <source>Remove this reward</source>
        <translation>移除这项奖励</translation>
    </message>
</context>
<context>
    <name>lathe::RolloutView</name>
    <message>
        <source>Answers it learnt from at step %1</source>
        <translation>第 %1 步用来学习的回答</translation>
    </message>
    <message>
        <source>KL from the start</source>
        <translation>与起点的 KL 距离</translation>
    </message>
    <message>
        <source>How far the model has moved from the one it started from, a token on average (nats).</source>
        <translation>模型离起点有多远，按词元平均（单位：奈特）。</translation>
    </message>
    <message>
        <source>answer length, tokens</source>
        <translation>回答长度（词元）</translation>
    </message>
    <message>
        <source>Tokens of an answer, on average.</source>
        <translation>每个回答的平均词元数。</translation>
    </message>
    <message>
        <source>groups without signal, %</source>
        <translation>无信号的组（%）</translation>
    </message>
    <message>
        <source>Prompts whose answers all got the same reward: nothing is learnt from them.</source>
        <translation>所有回答得到相同奖励的提示：从中学不到东西。</translation>
    </message>
    <message>
        <source>the highest and the lowest reward</source>
        <translation>奖励最高和最低的</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>Reward</source>
        <translation>奖励</translation>
    </message>
    <message>
        <source>Answers with their rewards</source>
        <translation>回答及其奖励</translation>
    </message>
</context>
<context>
    <name>lathe::RunListModel</name>
    <message>
        <source>step %1 of %2</source>
        <translation>第 %1 步（共 %2 步）</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Trained</source>
        <translation>训练参数</translation>
    </message>
    <message>
        <source>Started</source>
        <translation>开始时间</translation>
    </message>
    <message>
        <source>Curve</source>
        <translation>曲线</translation>
    </message>
</context>
<context>
    <name>lathe::RunsPage</name>
    <message>
        <source>No run yet. The first one appears here as soon as it starts.</source>
        <translation>还没有运行。第一次运行一开始就会出现在这里。</translation>
    </message>
    <message>
        <source>Reading the runs…</source>
        <translation>正在读取运行…</translation>
    </message>
    <message>
        <source>This run has no checkpoint to go on from</source>
        <translation>这次运行没有可继续的检查点</translation>
    </message>
    <message>
        <source>Select a run</source>
        <translation>选择一次运行</translation>
    </message>
    <message numerus="yes">
        <source>%n runs selected</source>
        <translation>
            <numerusform>已选 %n 次运行</numerusform>
        </translation>
    </message>
    <message>
        <source>Its settings and what can be done with it appear here.</source>
        <translation>它的设置和可用的操作会显示在这里。</translation>
    </message>
    <message>
        <source>%1 of %2 steps</source>
        <translation>%1 / %2 步</translation>
    </message>
    <message>
        <source>%1 before %2, after %3</source>
        <translation>%1：之前 %2，之后 %3</translation>
    </message>
    <message>
        <source> · </source>
        <translation> · </translation>
    </message>
    <message>
        <source>Move to trash</source>
        <translation>移到回收站</translation>
    </message>
    <message numerus="yes">
        <source>Move %n runs to the trash?</source>
        <translation>
            <numerusform>把 %n 次运行移到回收站？</numerusform>
        </translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>No trash can take these folders, so they stay: %1</source>
        <translation>没有可用的回收站，这些文件夹保留：%1</translation>
    </message>
    <message>
        <source>, </source>
        <translation>、</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>every run on this computer</source>
        <translation>本机的所有运行</translation>
    </message>
    <message>
        <source>Search name, method, task, note</source>
        <translation>搜索名称、方法、任务、备注</translation>
    </message>
    <message>
        <source>Search runs</source>
        <translation>搜索运行</translation>
    </message>
    <message>
        <source>Read again</source>
        <translation>重新读取</translation>
    </message>
    <message>
        <source>Look for runs on disk again</source>
        <translation>重新查找磁盘上的运行</translation>
    </message>
    <message>
        <source>Double-click a name to change it</source>
        <translation>双击名称即可修改</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>Anything worth remembering about this run</source>
        <translation>关于这次运行值得记下的事</translation>
    </message>
    <message>
        <source>Curves</source>
        <translation>曲线</translation>
    </message>
    <message>
        <source>Show this run&apos;s curves; one that is being trained is followed live</source>
        <translation>显示这次运行的曲线；正在训练的会实时跟随</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>Show the selected runs side by side</source>
        <translation>并排显示所选运行</translation>
    </message>
    <message>
        <source>Try</source>
        <translation>试用</translation>
    </message>
    <message>
        <source>Ask the result of this run</source>
        <translation>向这次运行的结果提问</translation>
    </message>
    <message>
        <source>Run again with changes</source>
        <translation>修改后再运行</translation>
    </message>
    <message>
        <source>Fill the form with this run&apos;s recipe</source>
        <translation>用这次运行的配方填写表单</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>继续运行</translation>
    </message>
    <message>
        <source>Go on from the last checkpoint, exactly</source>
        <translation>从最后的检查点精确继续</translation>
    </message>
    <message>
        <source>Move the folders of the selected runs to the trash</source>
        <translation>把所选运行的文件夹移到回收站</translation>
    </message>
    <message>
        <source>Evaluate</source>
        <translation>评估</translation>
    </message>
    <message>
        <source>Judge this run on rows it has not learnt from</source>
        <translation>用没有学过的数据评估这次运行</translation>
    </message>
</context>
<context>
    <name>lathe::TaskPage</name>
    <message>
        <source>needs another base</source>
        <translation>需要换一个基座</translation>
    </message>
    <message>
        <source>Task</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>what the model is to learn</source>
        <translation>让模型学什么</translation>
    </message>
    <message>
        <source>This version of Lathe has no task of this kind.</source>
        <translation>此版本的 Lathe 没有这类任务。</translation>
    </message>
</context>
<context>
    <name>lathe::TokenView</name>
    <message>
        <source>Rows as the model reads them</source>
        <translation>模型读到的行</translation>
    </message>
    <message>
        <source>trained: the model learns to write this</source>
        <translation>训练：模型学习写出它</translation>
    </message>
    <message>
        <source>read only</source>
        <translation>只读</translation>
    </message>
    <message>
        <source>Token %1, id %2, %3</source>
        <translation>词元 %1，编号 %2，%3</translation>
    </message>
    <message>
        <source>Word %1. Choose a base to see its tokens.</source>
        <translation>词 %1。选择基座即可看到词元。</translation>
    </message>
</context>
<context>
    <name>lathe::TrainPage</name>
    <message>
        <source>Smoothing</source>
        <translation>平滑</translation>
    </message>
    <message>
        <source>How much the bold line averages over past steps. Usual: 90 of 99.</source>
        <translation>粗线对过去各步平均的程度。常用：99 中的 90。</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>对数</translation>
    </message>
    <message>
        <source>Draw the loss on a logarithmic axis.</source>
        <translation>用对数坐标画损失。</translation>
    </message>
    <message>
        <source>loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>step</source>
        <translation>步</translation>
    </message>
    <message>
        <source>Wheel zooms, dragging moves, a double click shows everything again.</source>
        <translation>滚轮缩放，拖动平移，双击恢复全图。</translation>
    </message>
    <message>
        <source>learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>gradient norm</source>
        <translation>梯度范数</translation>
    </message>
    <message>
        <source>The curves appear here as soon as a run starts. Validation is measured once before the first step, so that you see what training adds.</source>
        <translation>运行一开始，曲线就会出现在这里。第一步之前先验证一次，好让你看到训练带来的提升。</translation>
    </message>
    <message>
        <source>Halve the batch</source>
        <translation>批减半</translation>
    </message>
    <message>
        <source>Half the batch and twice the accumulation: the same result with less memory.</source>
        <translation>批减半、累积加倍：结果相同，内存更少。</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>warning</source>
        <translation>警告</translation>
    </message>
    <message>
        <source>training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>validation</source>
        <translation>验证</translation>
    </message>
    <message>
        <source>The run failed</source>
        <translation>运行失败</translation>
    </message>
    <message>
        <source>The run cannot be read</source>
        <translation>运行无法读取</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>trained by another process</source>
        <translation>由另一个进程训练</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>stopping after this step</source>
        <translation>本步结束后停止</translation>
    </message>
    <message>
        <source>nothing was trained</source>
        <translation>没有训练</translation>
    </message>
    <message>
        <source>nothing has run yet</source>
        <translation>还没有运行</translation>
    </message>
    <message>
        <source>step %1 of %2</source>
        <translation>第 %1 / %2 步</translation>
    </message>
    <message>
        <source>%1 %2 before training</source>
        <translation>训练前 %1 %2</translation>
    </message>
    <message>
        <source>epoch %1</source>
        <translation>第 %1 轮</translation>
    </message>
    <message>
        <source>%1 left</source>
        <translation>剩余 %1</translation>
    </message>
    <message>
        <source>took %1</source>
        <translation>用时 %1</translation>
    </message>
    <message>
        <source>%1 tokens/s</source>
        <translation>%1 词元/秒</translation>
    </message>
    <message>
        <source>%1 %2</source>
        <translation>%1 %2</translation>
    </message>
    <message>
        <source>reward %1</source>
        <translation>奖励 %1</translation>
    </message>
    <message>
        <source>KL %1</source>
        <translation>KL %1</translation>
    </message>
</context>
<context>
    <name>lathe::TryPage</name>
    <message>
        <source>Text to classify</source>
        <translation>要分类的文本</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>No finished run yet. Train one, then try it here.</source>
        <translation>还没有完成的运行。先训练一次，再来这里试用。</translation>
    </message>
    <message>
        <source>A run is going on. Pause it to try the model, or wait.</source>
        <translation>运行正在进行。暂停后可试用模型，或者等待。</translation>
    </message>
    <message>
        <source>Classify</source>
        <translation>分类</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>writing…</source>
        <translation>正在写…</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message>
        <source>reading…</source>
        <translation>正在读…</translation>
    </message>
    <message>
        <source>This model gives no reward.</source>
        <translation>这个模型不给出奖励。</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>Try</source>
        <translation>试用</translation>
    </message>
    <message>
        <source>the base and the tuned model on one prompt</source>
        <translation>同一提示下的基座与微调模型</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Run to try</source>
        <translation>要试用的运行</translation>
    </message>
    <message>
        <source>The run whose result answers on the right</source>
        <translation>右侧由这次运行的结果回答</translation>
    </message>
    <message>
        <source>no run yet</source>
        <translation>还没有运行</translation>
    </message>
    <message>
        <source>Write something, then press Ctrl+Return</source>
        <translation>写点什么，然后按 Ctrl+Return</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>0 always takes the likeliest token; higher is more surprising. Usual: 0 to 1.</source>
        <translation>0 总取最可能的词元；越高越出人意料。常用：0 到 1。</translation>
    </message>
    <message>
        <source>Longest answer</source>
        <translation>最长回答</translation>
    </message>
    <message>
        <source>Longest answer in tokens</source>
        <translation>最长回答（词元数）</translation>
    </message>
    <message>
        <source>Tokens after which the answer is cut. Usual: 64 to 512.</source>
        <translation>回答在这么多词元后截断。常用：64 到 512。</translation>
    </message>
    <message>
        <source>Base</source>
        <translation>基座</translation>
    </message>
    <message>
        <source>Tuned</source>
        <translation>微调后</translation>
    </message>
    <message>
        <source>Answer of the base</source>
        <translation>基座的回答</translation>
    </message>
    <message>
        <source>Answer of the tuned model</source>
        <translation>微调模型的回答</translation>
    </message>
    <message>
        <source>Text to tag</source>
        <translation>要标注的文本</translation>
    </message>
    <message>
        <source>Judge</source>
        <translation>评判</translation>
    </message>
    <message>
        <source>Reward %1</source>
        <translation>奖励 %1</translation>
    </message>
    <message>
        <source>Answer to judge</source>
        <translation>要评判的回答</translation>
    </message>
    <message>
        <source>Text to rate</source>
        <translation>要评分的文本</translation>
    </message>
    <message>
        <source>Rate</source>
        <translation>评分</translation>
    </message>
    <message>
        <source>%1 · paused at step %2</source>
        <translation>%1 · 已暂停在第 %2 步</translation>
    </message>
    <message>
        <source>%1 · paused</source>
        <translation>%1 · 已暂停</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
</context>
<context>
    <name>lathe::WarningList</name>
    <message>
        <source>A warning</source>
        <translation>警告</translation>
    </message>
    <message>
        <source>Warnings: %1</source>
        <translation>警告：%1 条</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>and %1 more</source>
        <translation>另有 %1 条</translation>
    </message>
    <message>
        <source>%1 · step %2</source>
        <translation>%1 · 第 %2 步</translation>
    </message>
    <message>
        <source>Less</source>
        <translation>收起</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>详情</translation>
    </message>
    <message>
        <source>Show only what the warnings are about.</source>
        <translation>只显示警告的内容。</translation>
    </message>
    <message>
        <source>Show the figures and what to do about them.</source>
        <translation>显示数字以及该怎么办。</translation>
    </message>
</context>
</TS>
