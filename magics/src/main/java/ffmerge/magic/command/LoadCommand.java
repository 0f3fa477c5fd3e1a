package ffmerge.magic.command;

import ffmerge.Counted;
import ffmerge.UserError;
import ffmerge.UserPath;
import ffmerge.adapter.StoredAdapters;
import ffmerge.architecture.ModelTensor;
import ffmerge.export.ModelingFile;
import ffmerge.gguf.GgufFolder;
import ffmerge.model.TransformerModel;
import ffmerge.model.WeightForm;
import ffmerge.model.WeightForms;
import ffmerge.result.InfoResult;
import ffmerge.result.Lineage;
import ffmerge.result.Result;
import ffmerge.shrink.Quantize;
import ffmerge.study.ModelInfos;
import ffmerge.study.SavedLineage;
import ffmerge.torch.Precision;
import ffmerge.torch.Torch;
import ffmerge.workload.ModelSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** {@code load MODEL --as NAME} */
record LoadCommand() implements Command {
    /** Of tensors in a notice. */
    private static final int NAMED = 3;

    private static final Option<String> ADAPTERS = Option.text(
                    "adapters",
                    "FOLDER",
                    "give the model these adapters, as Python's PEFT or save --format adapters wrote them")
            .naming(Option.Names.FOLDER);

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
                "loads a demo model, a folder in Hugging Face layout, a GGUF file, or a model of the hub",
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

    @Override
    public Class<InfoResult> result() {
        return InfoResult.class;
    }

    @Override
    public void check(Arguments arguments, Session session) {
        // a model that is loaded has a name of its own
    }

    @Override
    public Optional<String> made(Arguments arguments, Host host) {
        String named = named(arguments, host);
        return arguments
                .given(Options.AS_MODEL)
                .or(() -> Optional.of(gguf(named).map(GgufFolder::name).orElseGet(() -> ModelSource.nameOf(named))));
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        ModelSource.Found found = find(named(arguments, host), arguments, session, host);
        found.revision().ifPresent(commit -> arguments.used(Options.REVISION, commit));
        String name = arguments.get(Options.AS_MODEL, found.name());
        if (arguments.get(Options.FRESH)) {
            return fresh(found, name, arguments, session, host);
        }
        Read read = read(found, arguments, host);
        Optional<Path> adapters = arguments.given(ADAPTERS).map(ModelSource::folder);
        if (adapters.isEmpty()
                && StoredAdapters.areIn(found.folder())
                && read.model().parameters().adapterSettings().isEmpty()) {
            host.notice(found.folder() + " holds adapters too, which are not loaded: --adapters " + found.folder()
                    + " takes them");
        }
        warnOfUnread(read.model(), host);
        // the base is closed once it is adapted
        TransformerModel loaded =
                adapters.map(folder -> adapted(read.model(), folder)).orElse(read.model());
        session.put(
                name,
                loaded,
                adapters.map(AdapterOptions::step)
                        .map(step -> read.lineage().then(AdapterOptions.counted(step, loaded)))
                        .orElse(read.lineage()));
        arguments.given(Options.AS_MODEL).ifPresent(variable -> host.bind(variable, loaded));
        return new InfoResult(ModelInfos.of(name, loaded));
    }

    /** Of layers that the config doesn't count, or another model's tensors. */
    private static void warnOfUnread(TransformerModel model, Host host) {
        List<String> unread = model.origin().unread();
        if (!unread.isEmpty()) {
            host.notice(model.origin().folder() + " holds " + Counted.of(unread.size(), "tensors")
                    + " that its config.json has no place for, and that "
                    + (unread.size() == 1 ? "isn't" : "aren't") + " loaded: "
                    + Counted.firstOf(unread, NAMED));
        }
    }

    private static ModelSource.Found find(String named, Arguments arguments, Session session, Host host) {
        Optional<Path> gguf = gguf(named);
        if (gguf.isEmpty()) {
            return session.shelf().models().find(named, arguments.given(Options.REVISION), host);
        }
        if (arguments.has(Options.REVISION)) {
            throw new UserError("--revision is of a hub model; " + named + " is a file here");
        }
        Path folder = GgufFolder.of(gguf.get(), session.state().sub("gguf"), host::notice);
        return new ModelSource.Found(folder, GgufFolder.name(gguf.get()), Optional.empty(), Optional.empty());
    }

    /** The GGUF file that is named, if it is one. */
    private static Optional<Path> gguf(String named) {
        return UserPath.exists(named) ? GgufFolder.file(UserPath.of(named)) : Optional.empty();
    }

    /**
     * A model that was read.
     *
     * @param model the caller's to close or keep
     */
    record Read(TransformerModel model, Lineage lineage) {}

    /** Reads a model's files, in whatever type and on whatever device the options say. */
    static Read read(ModelSource.Found found, Arguments arguments, Host host) {
        ModelingFile.alteration(found.folder()).ifPresent(host::notice);
        Lineage lineage = found.commit().map(Lineage::new).orElseGet(() -> SavedLineage.of(found.folder()));
        String dtype = arguments.get(Options.DTYPE);
        Optional<WeightForm> form = WeightForms.find(dtype);
        TransformerModel base = frozen(
                TransformerModel.load(
                        found.folder(),
                        Torch.device(arguments.get(Options.DEVICE)),
                        form.isPresent() ? Precision.FLOAT32 : Precision.parse(dtype),
                        form,
                        host.progress()),
                SavedLineage.frozen(found.folder()));
        return new Read(
                base, form.map(f -> lineage.then(Quantize.asRead(base, f))).orElse(lineage));
    }

    /** @return the model with those of the names frozen that are its own; the given one's memory is freed with it */
    private static TransformerModel frozen(TransformerModel loaded, Set<String> names) {
        Set<String> own = loaded.architecture().tensors().stream()
                .map(ModelTensor::name)
                .filter(names::contains)
                .collect(Collectors.toSet());
        if (own.isEmpty()) {
            return loaded;
        }
        try (loaded) {
            return loaded.freezing(own);
        }
    }

    /** @return the model with adapters; the base's memory is freed with it */
    private static TransformerModel adapted(TransformerModel base, Path folder) {
        try (base;
                StoredAdapters stored = StoredAdapters.open(folder, base.architecture())) {
            if (base.parameters().adapterSettings().isPresent()) {
                throw new UserError(
                        "the model carries adapters of its own that merging made: load it without --adapters,"
                                + " make them part of its weights with %ffmerge fold, and save that");
            }
            return base.adapted(stored);
        }
    }

    /** A model to be trained from the start: its weights come from nowhere, so neither does their type. */
    private static Result fresh(ModelSource.Found found, String name, Arguments arguments, Session session, Host host) {
        if (arguments.has(Options.DTYPE) || arguments.has(ADAPTERS)) {
            throw new UserError(
                    "--fresh makes float32 weights, to be tuned; --dtype and --adapters are of those in a file");
        }
        int seed = arguments.get(Options.SEED);
        TransformerModel fresh =
                TransformerModel.fresh(found.folder(), Torch.device(arguments.get(Options.DEVICE)), seed);
        session.put(name, fresh, new Lineage(found.name() + " with random weights " + seed));
        arguments.given(Options.AS_MODEL).ifPresent(variable -> host.bind(variable, fresh));
        return new InfoResult(ModelInfos.of(name, fresh));
    }

    /** The model's name, which may be a Java variable's value. */
    private static String named(Arguments arguments, Host host) {
        return host.variable(arguments.first())
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .orElse(arguments.first());
    }
}
