package ffmerge.magic;

import ffmerge.data.DemoHome;
import ffmerge.magic.command.Session;
import ffmerge.study.StateFolder;
import org.dflib.jjava.jupyter.Extension;
import org.dflib.jjava.jupyter.kernel.BaseKernel;

/** Adds the magics to a JJava kernel; found by it through the service loader. */
public final class FfmergeExtension implements Extension {
    private Session session;

    /** Called anew whenever the class path grows, so it does nothing. */
    public FfmergeExtension() {}

    @Override
    public void install(BaseKernel kernel) {
        session = new Session(DemoHome.find(), StateFolder.find());
        FfmergeMagic magic = new FfmergeMagic(session);
        kernel.getMagicsRegistry().registerLineMagic("ffmerge", magic).registerCellMagic("ffmerge", magic);
        Renderers.register(kernel.getRenderer());
    }

    @Override
    public void uninstall(BaseKernel kernel) {
        if (session != null) {
            session.close();
        }
    }
}
