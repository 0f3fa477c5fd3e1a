package ffmerge.magic.command;

import ffmerge.Nearest;
import ffmerge.UserError;
import ffmerge.UserPath;
import ffmerge.adapter.StoredAdapters;
import ffmerge.checkpoint.ModelFolder;
import ffmerge.data.DemoHome;
import ffmerge.hub.Hub;
import ffmerge.hub.Snapshot;
import ffmerge.hub.Unavailable;
import ffmerge.model.TransformerModel;
import ffmerge.result.InfoResult;
import ffmerge.result.ModelInfo;
import ffmerge.result.Result;
import ffmerge.shrink.Lineage;
import ffmerge.torch.Precision;
import ffmerge.torch.Torch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** {@code load MODEL --as NAME} */
record LoadCommand() implements Command {
    private static final int SHOWN_OF_COMMIT = 8;
    private static final OptionSpec ADAPTERS = OptionSpec.text(
            "adapters",
            "FOLDER",
            "",
            "give the model these adapters, as Python's PEFT or save --format adapters wrote them");

    private static final List<CommandSpec.Note> NOTES = List.of(
            new CommandSpec.Note(
                    "HF_TOKEN",
                    "a token of your hub account, for gated and private models; a Python login's is found too"),
            new CommandSpec.Note(
                    "HF_HOME", "where fetched files are kept, shared with Python (default: ~/.cache/huggingface)"),
            new CommandSpec.Note("HF_ENDPOINT", "the address of another hub, such as your company's"),
            new CommandSpec.Note(
                    "HF_HUB_OFFLINE",
                    "1: only what is in the cache is used, and nobody is asked; set before the start"));

    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "load",
                "MODEL",
                1,
                1,
                CommandSpec.Takes.MODEL_TO_LOAD,
                "loads a demo model, a folder in Hugging Face layout, or a model of the hub",
                "%ffmerge load gpt2-novels --as base",
                CommandSpec.Makes.MODEL,
                List.of(
                        Options.AS_MODEL,
                        Options.DEVICE,
                        Options.DTYPE,
                        ADAPTERS,
                        Options.REVISION,
                        Options.FRESH,
                        Options.SEED),
                NOTES);
    }

    /**
     * What is loaded.
     *
     * @param name what the model is called where no other name is given
     * @param lineage how it came to be
     */
    private record Found(Path folder, String name, Lineage lineage) {
        static Found at(Path folder) {
            Path absolute = folder.toAbsolutePath().normalize();
            return new Found(absolute, absolute.getFileName().toString(), Lineage.ofFolder(absolute));
        }
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        Found found = find(arguments, session, host);
        String name = arguments.text("as", found.name());
        if (arguments.flag("fresh")) {
            return fresh(found, name, arguments, session, host);
        }
        String dtype = arguments.text("dtype", Precision.FLOAT32.label());
        boolean nf4 = dtype.equals(ModelInfo.NF4);
        TransformerModel base = TransformerModel.load(
                found.folder(),
                Torch.device(arguments.text("device", "auto")),
                nf4 ? Precision.FLOAT32 : Precision.parse(dtype),
                nf4,
                host.progress());
        Optional<Path> adapters = arguments.text("adapters").map(LoadCommand::folder);
        TransformerModel loaded = adapters.map(folder -> adapted(base, folder)).orElse(base);
        session.put(name, loaded, adapters.map(found.lineage()::adapted).orElse(found.lineage()));
        arguments.text("as").ifPresent(variable -> host.bind(variable, loaded));
        return new InfoResult(ModelInfo.of(name, loaded));
    }

    private static Snapshot fetch(String id, String revision, Session session, Host host) {
        try {
            return session.hub().model(id, revision, host.progress());
        } catch (Unavailable e) {
            throw Session.withCached(e, id, session.cachedModels());
        }
    }

    /** @return the model with adapters; the base's memory is freed with it */
    private static TransformerModel adapted(TransformerModel base, Path folder) {
        try (base;
                StoredAdapters stored = StoredAdapters.open(folder, base.architecture())) {
            return base.adapted(stored);
        }
    }

    /** A model to be trained from the start: its weights come from nowhere, so neither does their type. */
    private static Result fresh(Found found, String name, Arguments arguments, Session session, Host host) {
        if (arguments.has("dtype") || arguments.has("adapters")) {
            throw new UserError(
                    "--fresh makes float32 weights, to be tuned; --dtype and --adapters are of those in a file");
        }
        int seed = Options.seed(arguments);
        TransformerModel fresh =
                TransformerModel.fresh(found.folder(), Torch.device(arguments.text("device", "auto")), seed);
        session.put(name, fresh, new Lineage(found.name() + " with random weights " + seed, List.of()));
        arguments.text("as").ifPresent(variable -> host.bind(variable, fresh));
        return new InfoResult(ModelInfo.of(name, fresh));
    }

    private static Path folder(String named) {
        Path folder = UserPath.of(named);
        ModelFolder.open(folder);
        return folder;
    }

    private static Found find(Arguments arguments, Session session, Host host) {
        String model = arguments.first();
        String named = host.variable(model)
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .orElse(model);
        Optional<String> revision = arguments.text("revision");
        Optional<Path> local =
                session.home().model(named).or(() -> Optional.of(folder(named)).filter(Files::isDirectory));
        if (local.isPresent()) {
            if (revision.isPresent()) {
                throw new UserError("--revision is of a hub model; " + named + " is a folder here");
            }
            return Found.at(local.get());
        }
        session.home().requireHere(named);
        List<String> here = session.home().models();
        List<String> known = here.isEmpty() ? DemoHome.MODELS : here;
        // a slip in a demo model's name had better not become a question to the hub
        if (!Hub.isId(named) || Nearest.to(named, known).isPresent()) {
            String demos = here.isEmpty()
                    ? "the demo models are found through FFMERGE_HOME"
                    : "demo models are " + String.join(", ", known);
            throw new UserError("there is no model or folder '" + named + "'" + Nearest.hint(named, known, demos)
                    + "; of the hub's, name one as openai-community/gpt2");
        }
        Snapshot snapshot = fetch(named, revision.orElse(Hub.MAIN), session, host);
        if (snapshot.unreached()) {
            host.notice("The hub can't be reached; this is the copy in the cache, of commit "
                    + snapshot.commit().substring(0, SHOWN_OF_COMMIT) + ".");
        }
        return new Found(
                snapshot.folder(),
                named.substring(named.indexOf('/') + 1),
                new Lineage(named + "@" + snapshot.commit().substring(0, SHOWN_OF_COMMIT), List.of()));
    }
}
