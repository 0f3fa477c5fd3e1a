package ffmerge.magic;

import ffmerge.Counted;
import ffmerge.Progress;
import ffmerge.magic.command.Host;
import ffmerge.magic.command.Session;
import ffmerge.result.Result;
import java.io.PrintStream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A terminal as the commands see it: results as text, variables for the steps of one run. */
final class Terminal implements Host {
    private final Session session;
    private final PrintStream out;
    private final PrintStream err;
    private final Map<String, Object> variables = new HashMap<>();
    private final Set<String> noticed = new HashSet<>();

    /**
     * @param out for results
     * @param err for what is under way
     */
    Terminal(Session session, PrintStream out, PrintStream err) {
        this.session = session;
        this.out = out;
        this.err = err;
    }

    @Override
    public Progress progress() {
        return Lines::new;
    }

    @Override
    public Optional<Object> variable(String name) {
        return Optional.ofNullable(variables.get(name));
    }

    @Override
    public void bind(String name, Object value) {
        requireName(name);
        variables.put(name, value);
    }

    @Override
    public void release(Object value) {
        variables.values().removeIf(held -> held == value);
    }

    @Override
    public void notice(String line) {
        if (noticed.add(line)) {
            err.println(line);
        }
    }

    @Override
    public void heading(String line) {
        out.println("> " + line);
    }

    @Override
    public void show(String command, Result result) {
        out.println(ResultText.of(session.views(), result));
    }

    @Override
    public Result recipe(String yaml) {
        return new CommandRunner(session, this).run(Recipe.parse(yaml, session.commands(), this::variable));
    }

    @Override
    public void live(String command, Result result) {
        // lines of progress tell enough
    }

    /** A stage as lines, one in a while: a file that they go to had better not grow by one a batch. */
    private final class Lines implements Progress.Stage {
        private static final long BETWEEN_NANOS = 5_000_000_000L;

        private final Thread work = Thread.currentThread();
        private final String label;
        private final long total;
        private final String unit;
        private long said = System.nanoTime();

        Lines(String label, long total, String unit) {
            this.label = label;
            this.total = total;
            this.unit = unit;
        }

        @Override
        public void show(long done) {
            long now = System.nanoTime();
            if (Thread.currentThread() == work && now - said > BETWEEN_NANOS) {
                said = now;
                String noun = Counted.noun(total > 0 ? total : done, unit);
                err.printf("%s: %,d%s %s%n", label, done, total > 0 ? String.format(" of %,d", total) : "", noun);
            }
        }
    }
}
