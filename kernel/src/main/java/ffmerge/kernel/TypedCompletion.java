package ffmerge.kernel;

import ffmerge.magic.typing.MagicCompletion;
import ffmerge.magic.typing.MagicCompletion.Proposal;
import java.util.List;
import java.util.Map;
import org.dflib.jjava.jupyter.messages.reply.CompleteReply;

/** A completion with what each proposal is, which JupyterLab shows beside it. */
final class TypedCompletion {
    private static final String TYPES = "_jupyter_types_experimental";

    private TypedCompletion() {}

    static CompleteReply of(MagicCompletion completion, CodePoints code) {
        int start = code.count(completion.start());
        int end = code.count(completion.end());
        List<Map<String, Object>> types = completion.proposals().stream()
                .map(p -> Map.<String, Object>of("text", p.text(), "type", p.type(), "start", start, "end", end))
                .toList();
        List<String> texts = completion.proposals().stream().map(Proposal::text).toList();
        return new CompleteReply(texts, start, end, Map.of(TYPES, types));
    }
}
