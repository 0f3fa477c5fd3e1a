package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertThrows;

import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.result.Result;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** A notebook without a kernel: runs lines, and keeps what it is told. */
public final class Notes implements Host {
    public final List<String> notices = new ArrayList<>();
    /** What stages of work were called. */
    final List<String> stages = new ArrayList<>();

    /** Is shown the work beside. */
    public Progress progress = Progress.NONE;

    public Result run(String line, Session session) {
        List<String> words = Arrays.asList(line.split(" "));
        Command command = session.commands().named(words.get(0));
        Arguments arguments = Arguments.parse(command.spec(), words.subList(1, words.size()), Map.of(), this::variable);
        return command.run(arguments, session, this);
    }

    public String refusal(String line, Session session) {
        return assertThrows(UserError.class, () -> run(line, session)).getMessage();
    }

    @Override
    public Progress progress() {
        return (label, total, unit) -> {
            stages.add(label);
            return progress.start(label, total, unit);
        };
    }

    /** Java's variables. */
    public final Map<String, Object> variables = new HashMap<>();

    /** Runs recipes, where a test has any. */
    public Function<String, Result> recipes = yaml -> {
        throw new UnsupportedOperationException();
    };

    /** What was shown as a result. */
    public final List<Result> results = new ArrayList<>();

    @Override
    public Optional<Object> variable(String name) {
        return Optional.ofNullable(variables.get(name));
    }

    @Override
    public void bind(String name, Object value) {
        variables.put(name, value);
    }

    @Override
    public void notice(String line) {
        notices.add(line);
    }

    @Override
    public void show(String command, Result result) {
        results.add(result);
    }

    @Override
    public Result recipe(String yaml) {
        return recipes.apply(yaml);
    }

    @Override
    public void live(String command, Result result) {}
}
