package ffmerge.magic;

import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Expected;
import ffmerge.Progress;
import ffmerge.StateFolder;
import ffmerge.data.DemoHome;
import ffmerge.magic.command.Host;
import ffmerge.magic.command.Session;
import ffmerge.result.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/** Runs a recipe without a notebook: one line of JSON a result, which {@code environment/bench/gpu.py} reads. */
public final class RecipeProcess {
    private RecipeProcess() {}

    /** @param arguments the recipe's file and a folder for the state of unfinished work */
    public static void main(String[] arguments) throws IOException {
        run(Files.readString(Path.of(arguments[0])), Path.of(arguments[1]), (command, result) -> {
            try {
                System.out.println(new ObjectMapper().writeValueAsString(Map.of("command", command, "result", result)));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    static void run(String yaml, Path state, BiConsumer<String, Result> results) {
        try (Session session = new Session(new DemoHome(Expected.home()), new StateFolder(state))) {
            Host host = new Terminal();
            for (Recipe.Step step : Recipe.parse(yaml, session.commands(), name -> Optional.empty())) {
                System.err.println(step.line());
                results.accept(step.command().spec().name(), step.command().run(step.arguments(), session, host));
            }
        }
    }

    /** Says on stderr what a notebook would show. */
    private static final class Terminal implements Host {
        private final Map<String, Object> variables = new HashMap<>();

        @Override
        public Progress progress() {
            return Progress.NONE;
        }

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
            System.err.println(line);
        }

        @Override
        public void show(String command, Result result) {}

        @Override
        public Result recipe(String yaml) {
            throw new UnsupportedOperationException("a recipe in a recipe");
        }

        @Override
        public void live(String command, Result result) {}
    }
}
