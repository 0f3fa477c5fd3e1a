package ffmerge.magic;

import ffmerge.StateFolder;
import ffmerge.data.DemoHome;
import ffmerge.magic.command.Session;
import ffmerge.magic.typing.HelpText;
import ffmerge.magic.typing.MagicCompletion;
import java.util.Optional;
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
        Renderers.register(kernel.getRenderer(), session.views(), session::nameOf);
    }

    @Override
    public void uninstall(BaseKernel kernel) {
        if (session != null) {
            session.close();
        }
    }

    /**
     * What may be written at the cursor; for kernels that ask, as JJava's own does not.
     *
     * @return empty where the cursor stands in Java
     */
    public Optional<MagicCompletion> complete(String code, int cursor) {
        return MagicCompletion.at(code, cursor, session);
    }

    /**
     * What the word under the cursor means; for kernels that ask.
     *
     * @return empty where the cursor stands in Java
     */
    public Optional<HelpText> help(String code, int cursor) {
        return HelpText.at(code, cursor, session.commands());
    }
}
