package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertThrows;

import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.result.Result;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A notebook without a kernel: runs lines, and keeps what it is told. */
final class Notes implements Host {
    final List<String> notices = new ArrayList<>();
    /** What stages of work were called. */
    final List<String> stages = new ArrayList<>();

    /** Is shown the work beside. */
    Progress progress = Progress.NONE;

    Result run(String line, Session session) {
        List<String> words = Arrays.asList(line.split(" "));
        Command command = Command.named(words.get(0));
        Arguments arguments = Arguments.parse(command.spec(), words.subList(1, words.size()), Map.of(), this::variable);
        return command.run(arguments, session, this);
    }

    String refusal(String line, Session session) {
        return assertThrows(UserError.class, () -> run(line, session)).getMessage();
    }

    @Override
    public Progress progress() {
        return (label, total, unit) -> {
            stages.add(label);
            return progress.start(label, total, unit);
        };
    }

    @Override
    public Optional<Object> variable(String name) {
        return Optional.empty();
    }

    @Override
    public void bind(String name, Object value) {}

    @Override
    public void notice(String line) {
        notices.add(line);
    }

    @Override
    public void show(String command, Result result) {}

    @Override
    public Result recipe(String yaml) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void live(String command, Result result) {}
}
