package ffmerge.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Logger;
import org.dflib.jjava.jupyter.channels.JupyterConnection;
import org.dflib.jjava.jupyter.kernel.KernelConnectionProperties;
import org.dflib.jjava.jupyter.kernel.magic.MagicsRegistry;
import org.dflib.jjava.kernel.magics.ClasspathMagic;
import org.dflib.jjava.kernel.magics.LoadMagic;
import org.dflib.jjava.kernel.magics.TimeMagic;
import org.dflib.jjava.maven.MavenDependencyResolver;
import org.dflib.jjava.maven.magics.MavenMagic;

/** Starts the kernel in this JVM; JJava's own launcher would start a second one. */
public final class Main {
    /** What a cell may use without an import. */
    private static final List<String> IMPORTS = List.of(
            "java.util.*",
            "java.util.stream.*",
            "java.nio.file.*",
            "ffmerge.architecture.*",
            "ffmerge.model.*",
            "ffmerge.merge.*",
            "ffmerge.permutation.*",
            "ffmerge.study.*");

    private Main() {}

    /** @param arguments the path of Jupyter's connection file */
    public static void main(String[] arguments) throws IOException, GeneralSecurityException {
        if (arguments.length != 1) {
            System.err.println("This is a Jupyter kernel; Jupyter starts it with a connection file.");
            System.exit(2);
        }
        Lifetime.endWithParent();
        silenceLoops();
        JupyterConnection connection =
                new JupyterConnection(KernelConnectionProperties.parse(Files.readString(Path.of(arguments[0]))));
        FfmergeKernel kernel = newKernel();
        kernel.becomeHandlerForConnection(connection);
        connection.connect();
        connection.waitUntilClose();
        System.exit(0); // threads of a library or of a cell may live on
    }

    /** JJava tells the terminal that its threads begin and end. */
    private static void silenceLoops() {
        for (Handler terminal : Logger.getLogger("").getHandlers()) {
            terminal.setFilter(record -> !String.valueOf(record.getLoggerName()).startsWith("Loop-"));
        }
    }

    static FfmergeKernel newKernel() {
        FfmergeKernel kernel = new FfmergeKernel.Builder()
                .name("ffmerge")
                .version(Main.class.getPackage().getImplementationVersion())
                .timeout(-1, TimeUnit.MILLISECONDS)
                .build();
        TimeMagic time = new TimeMagic();
        MagicsRegistry magics = kernel.getMagicsRegistry();
        magics.registerLineMagic("load", new LoadMagic());
        magics.registerLineMagic("classpath", new ClasspathMagic());
        magics.registerLineMagic("time", time);
        magics.registerCellMagic("time", time);
        magics.registerLineMagic("maven", new MavenMagic(new MavenDependencyResolver()));
        kernel.onStartup(); // installs our extension, which lies on the class path
        for (String name : IMPORTS) {
            kernel.evalBuilder("import " + name + ";").eval();
        }
        return kernel;
    }
}
