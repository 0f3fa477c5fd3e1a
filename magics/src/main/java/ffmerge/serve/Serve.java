package ffmerge.serve;

import ai.djl.Device;
import com.sun.net.httpserver.HttpServer;
import ffmerge.UserError;
import ffmerge.UserPath;
import ffmerge.data.Tokenizer;
import ffmerge.generate.GenerationReader;
import ffmerge.model.LanguageModel;
import ffmerge.model.TransformerModel;
import ffmerge.workload.ModelSource;
import ffmerge.workload.Reporter;
import ffmerge.workload.Shelf;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Serves a language model at a port of this machine until it is interrupted. */
public final class Serve {
    private static final int USUAL_PORT = 8000;
    private static final int HIGHEST_PORT = 65535;

    private Serve() {}

    /**
     * What is asked for on the command line.
     *
     * @param model a demo model's name, a folder or a model of the hub
     * @param port 0 for a free one
     */
    record Wanted(String model, int port) {
        private static final String USAGE = "environment/ffmerge serve NAME_OR_FOLDER [--port P]";

        /** @throws UserError if it can't be meant */
        static Wanted of(List<String> words) {
            List<String> names = new ArrayList<>();
            int port = USUAL_PORT;
            for (int i = 0; i < words.size(); i++) {
                String word = words.get(i);
                if (word.equals("--port")) {
                    port = port(i + 1 < words.size() ? words.get(++i) : "");
                } else if (word.startsWith("--port=")) {
                    port = port(word.substring("--port=".length()));
                } else if (word.startsWith("-")) {
                    throw new UserError("serve has no option '" + word + "'; it is " + USAGE);
                } else {
                    names.add(word);
                }
            }
            if (names.size() != 1) {
                throw new UserError((names.isEmpty() ? "which model? " : "one model at a time: ") + USAGE);
            }
            return new Wanted(names.get(0), port);
        }

        private static int port(String text) {
            if (!text.matches("\\d{1,5}") || Integer.parseInt(text) > HIGHEST_PORT) {
                throw new UserError("--port is a number from 0 to " + HIGHEST_PORT + "; '" + text + "' isn't");
            }
            return Integer.parseInt(text);
        }
    }

    /** @param arguments a model, then {@code --port} */
    public static void main(String[] arguments) {
        try {
            serve(Wanted.of(List.of(arguments)));
        } catch (UserError e) {
            System.err.println("ffmerge: " + e.getMessage());
            System.exit(1);
        }
    }

    private static void serve(Wanted wanted) {
        HttpServer port = CompletionServer.listen(wanted.port()); // before the model is read, which may take minutes
        Shelf shelf = Shelf.open();
        ModelSource.Found found = shelf.models().find(wanted.model(), Optional.empty(), Reporter.STDERR);
        TransformerModel model = TransformerModel.load(found.folder(), Device.cpu(), Reporter.STDERR.progress());
        CompletionServer server =
                new CompletionServer(port, found.name(), names(wanted.model()), completions(model, found.folder()));
        // halted: what the model holds goes with the process, and libtorch isn't torn down under a pass that runs
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            server.close();
            Runtime.getRuntime().halt(0);
        }));
        System.out.println(found.name() + " is served at http://127.0.0.1:" + server.port() + "/v1/completions");
        System.out.flush();
    }

    /** @throws UserError if the model predicts no text */
    static Completions completions(TransformerModel model, Path folder) {
        if (!(model instanceof LanguageModel language)) {
            throw new UserError(
                    "serve is for language models; " + model.architecture().title() + " predicts no text");
        }
        return new Completions(model, Tokenizer.load(folder), GenerationReader.ends(folder, language.vocabulary()));
    }

    /** What a client may call the model: as it was named here, also by its full path. */
    private static Set<String> names(String model) {
        return UserPath.exists(model)
                ? Set.of(model, UserPath.of(model).toAbsolutePath().normalize().toString())
                : Set.of(model);
    }
}
