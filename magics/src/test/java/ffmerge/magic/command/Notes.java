package ffmerge.magic.command;

import ffmerge.Progress;
import ffmerge.study.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A notebook that keeps what it is told. */
final class Notes implements Host {
    final List<String> notices = new ArrayList<>();
    /** What stages of work were called. */
    final List<String> stages = new ArrayList<>();

    @Override
    public Progress progress() {
        return (label, total, unit) -> {
            stages.add(label);
            return done -> {};
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
