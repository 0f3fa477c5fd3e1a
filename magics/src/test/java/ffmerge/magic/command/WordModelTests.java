package ffmerge.magic.command;

import ffmerge.fixture.Outputs;
import ffmerge.fixture.WordModel;
import ffmerge.model.TransformerModel;
import ffmerge.result.Result;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;

/** Tests of commands on a small gated decoder with a tokenizer of its own, loaded as {@code base}, and text for it. */
abstract class WordModelTests extends SessionTests {
    Path data;

    @BeforeEach
    void load() throws Exception {
        data = WordModel.text(folder);
        run("load " + WordModel.olmo(folder) + " --as base");
    }

    final Result run(String line) {
        return host.run(line, session);
    }

    final Result onText(String line) {
        return run(line + " --data " + data);
    }

    final String refusal(String line) {
        return host.refusal(line, session);
    }

    final TransformerModel model(String name) {
        return session.model(name, host);
    }

    /** Of a model for the same few tokens as all others. */
    final float[] logits(String name) {
        return Outputs.logits(model(name), Outputs.tokens(model("base"), 2, 9, 1));
    }
}
