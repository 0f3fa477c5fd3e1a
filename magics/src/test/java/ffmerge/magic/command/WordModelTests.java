package ffmerge.magic.command;

import ffmerge.Expected;
import ffmerge.StateFolder;
import ffmerge.data.DemoHome;
import ffmerge.fixture.WordModel;
import ffmerge.result.Result;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests of commands on a small gated decoder with a tokenizer of its own, loaded as {@code base}, and text for it. */
abstract class WordModelTests {
    @TempDir
    Path folder;

    Session session;
    Path data;

    final Notes host = new Notes();

    @BeforeEach
    void load() throws Exception {
        data = WordModel.text(folder);
        session = new Session(new DemoHome(Expected.home()), new StateFolder(folder.resolve("state")));
        run("load " + WordModel.olmo(folder) + " --as base");
    }

    @AfterEach
    void close() {
        session.close();
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
