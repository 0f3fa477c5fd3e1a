package ffmerge.kernel;

import java.nio.charset.Charset;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.kernel.JupyterIO;

/** What the cell reads and displays that is being run. */
final class CellIO extends JupyterIO {
    CellIO(Charset encoding) {
        super(encoding);
    }

    void attach(ShellReplyEnvironment cell, boolean stdin) {
        System.setIn(in);
        setEnv(cell);
        setJupyterInEnabled(stdin);
    }

    void detach(ShellReplyEnvironment cell) {
        retractEnv(cell);
    }
}
