package ffmerge.magic;

import ffmerge.StateFolder;
import ffmerge.StopRequest;
import ffmerge.UserError;
import ffmerge.data.DemoHome;
import ffmerge.magic.command.Arguments;
import ffmerge.magic.command.Command;
import ffmerge.magic.command.Session;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Runs a file without a notebook: a recipe, or a grid. Results go to the terminal's output, what is under way and what went
 * wrong beside it. It ends with 0, with 1 where something is wrong, and with 130 where it was interrupted: then it says what
 * was kept.
 */
public final class Exec {
    static final int WRONG = 1;
    static final int USAGE = 2;
    static final int INTERRUPTED = 130;

    private static final String RUN = "run";
    /** How long work may take to come to the next place where it can stop. */
    private static final long STOP_SECONDS = 120;

    private Exec() {}

    /** @param arguments the file, then options of {@code run} */
    public static void main(String[] arguments) {
        if (arguments.length == 0) {
            System.err.println("ffmerge: which file? environment/ffmerge exec experiment.yaml");
            System.exit(USAGE);
        }
        CountDownLatch ended = new CountDownLatch(1);
        Thread work = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(work, ended), "end of the work"));
        int status = WRONG;
        try (Session session = new Session(DemoHome.find(), StateFolder.find())) {
            status = run(List.of(arguments), session, System.out, System.err);
        } finally {
            ended.countDown();
        }
        System.exit(status); // threads of a library may live on
    }

    /** Where a signal ends the process, the work is asked to stop and says what is kept before libtorch is torn down. */
    private static void stop(Thread work, CountDownLatch ended) {
        StopRequest.send(work);
        try {
            if (!ended.await(STOP_SECONDS, TimeUnit.SECONDS)) {
                Runtime.getRuntime().halt(INTERRUPTED);
            }
        } catch (InterruptedException e) {
            Runtime.getRuntime().halt(INTERRUPTED);
        }
    }

    /** @return the status of the process's end */
    static int run(List<String> words, Session session, PrintStream out, PrintStream err) {
        Command command = session.commands().named(RUN);
        Terminal terminal = new Terminal(session, out, err);
        try {
            Arguments arguments = Arguments.parse(command.spec(), words, Map.of(), terminal::variable);
            new CommandRunner(session, terminal).run(command, arguments, RUN + " " + String.join(" ", words));
            return 0;
        } catch (CancellationException e) {
            err.println("ffmerge: " + e.getMessage());
            return INTERRUPTED;
        } catch (UserError e) {
            err.println("ffmerge: " + e.getMessage());
            return WRONG;
        }
    }
}
