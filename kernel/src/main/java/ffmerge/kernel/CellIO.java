package ffmerge.kernel;

import java.nio.charset.Charset;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.kernel.JupyterIO;

/** The streams and displays of the cell that is being run. */
final class CellIO extends JupyterIO {
    CellIO(Charset encoding) {
        super(encoding);
    }

    void attach(ShellReplyEnvironment cell, boolean stdin) {
        setEnv(cell);
        setJupyterInEnabled(stdin);
    }

    /** Shows what was printed without a line's end, which would else appear below the next cell. */
    void flush() {
        out.flush();
        err.flush();
    }

    void detach(ShellReplyEnvironment cell) {
        retractEnv(cell);
    }
}
