package ffmerge.magic.command;

import ffmerge.Expected;
import ffmerge.StateFolder;
import ffmerge.data.DemoHome;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests of commands in a session of their own, which knows the demo models and has loaded none. */
public abstract class SessionTests {
    @TempDir
    protected Path folder;

    protected final Notes host = new Notes();
    protected Session session;

    @BeforeEach
    protected void openSession() {
        session = new Session(new DemoHome(Expected.home()), new StateFolder(folder.resolve("state")));
    }

    @AfterEach
    protected void closeSession() {
        session.close();
    }
}
