package ffmerge.magic.command;

import ffmerge.fixture.WordModel;
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
}
