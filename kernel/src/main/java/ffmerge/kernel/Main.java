package ffmerge.kernel;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.dflib.jjava.jupyter.channels.JupyterConnection;
import org.dflib.jjava.jupyter.kernel.KernelConnectionProperties;
import org.dflib.jjava.jupyter.kernel.magic.LineMagic;
import org.dflib.jjava.jupyter.kernel.magic.MagicsRegistry;
import org.dflib.jjava.kernel.JavaKernel;
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
            "static ffmerge.claim.Claim.*",
            "ffmerge.align.*",
            "ffmerge.architecture.*",
            "ffmerge.model.*",
            "ffmerge.merge.*",
            "ffmerge.permutation.*",
            "ffmerge.result.*",
            "ffmerge.shrink.*",
            "ffmerge.study.*",
            "ffmerge.view.*");

    /** Instead of a connection file: what set-up runs so that the JVM archives the classes of a start. */
    private static final String TRIAL = "--trial";

    /** Before a file of Java and magics that is run instead of a notebook. */
    private static final String SCRIPT = "--script";

    private Main() {}

    /** @param arguments the path of Jupyter's connection file */
    public static void main(String[] arguments) {
        boolean isScript = arguments.length == 2 && arguments[0].equals(SCRIPT);
        if (arguments.length != 1 && !isScript) {
            System.err.println("This is a Jupyter kernel; Jupyter starts it with a connection file.");
            System.exit(2);
        }
        silenceLoops();
        int status = 0;
        try {
            if (isScript) {
                status = run(Path.of(arguments[1])) ? 0 : 1;
            } else if (arguments[0].equals(TRIAL)) {
                tryOut();
            } else {
                serve(Path.of(arguments[0]));
            }
        } catch (Exception | Error e) {
            e.printStackTrace();
            status = 1;
        }
        System.exit(status); // threads of a library or of a cell may live on
    }

    private static void serve(Path connectionFile) throws IOException, GeneralSecurityException {
        JupyterConnection connection =
                new CellConnection(KernelConnectionProperties.parse(Files.readString(connectionFile)));
        FfmergeKernel kernel = newKernel();
        Lifetime.watchParent(kernel::handleLostParent);
        Lifetime.guardExit(kernel::interrupt);
        kernel.becomeHandlerForConnection(connection);
        connection.connect();
        WarmUp.begin();
        kernel.start(IMPORTS);
        connection.waitUntilClose();
    }

    private static boolean run(Path script) throws IOException {
        String code = Files.readString(script);
        PrintStream out = System.out;
        PrintStream err = System.err;
        FfmergeKernel kernel = newStartedKernel();
        Lifetime.guardExit(kernel::interrupt);
        boolean done = Script.run(kernel, code, out, err);
        kernel.onShutdown(false);
        return done;
    }

    /** Does what the first cells of most notebooks do. */
    private static void tryOut() {
        FfmergeKernel kernel = newStartedKernel();
        for (String cell :
                List.of("int a = 1;", "a + 1", "%ffmerge load gpt2-novels --as base", "%ffmerge info base")) {
            kernel.evalBuilder(cell).resolveMagics().renderResults().eval();
        }
        kernel.complete("%ffm", 4);
        kernel.complete("Math.hy", 7);
    }

    /** JJava tells the terminal that its threads begin and end. */
    private static void silenceLoops() {
        for (Handler terminal : Logger.getLogger("").getHandlers()) {
            terminal.setFilter(record -> !String.valueOf(record.getLoggerName()).startsWith("Loop-"));
        }
    }

    static FfmergeKernel newStartedKernel() {
        FfmergeKernel kernel = newKernel();
        kernel.start(IMPORTS);
        return kernel;
    }

    private static FfmergeKernel newKernel() {
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
        magics.registerLineMagic("maven", maven());
        magics.registerLineMagic("lsmagic", (k, words) -> {
            System.out.println(list("Line", "%", magics.getLineMagicNames()));
            System.out.println(list("Cell", "%%", magics.getCellMagicNames()));
            System.out.println("%ffmerge help lists what %ffmerge does, ?NAME says what something is.");
            return null;
        });
        return kernel;
    }

    private static String list(String kind, String sign, Set<String> names) {
        return names.stream()
                .sorted()
                .map(name -> sign + name)
                .collect(Collectors.joining(" ", kind + " magics: ", ""));
    }

    /** Maven's resolver takes longer to make than a connection; few notebooks use it. */
    private static LineMagic<Void, JavaKernel> maven() {
        return (kernel, words) -> new MavenMagic(new MavenDependencyResolver()).eval(kernel, words);
    }
}
