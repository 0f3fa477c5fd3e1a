package ffmerge.magic.command;

import ai.djl.Device;
import ffmerge.FileKind;
import ffmerge.Nearest;
import ffmerge.Progress;
import ffmerge.StateFolder;
import ffmerge.UserError;
import ffmerge.UserPath;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelConfig;
import ffmerge.checkpoint.Ties;
import ffmerge.cost.CostModel;
import ffmerge.cost.Costs;
import ffmerge.data.Augmentation;
import ffmerge.data.DemoHome;
import ffmerge.data.DialogueFiles;
import ffmerge.data.ImageSet;
import ffmerge.data.ImageSource;
import ffmerge.data.PairFiles;
import ffmerge.data.Preprocessing;
import ffmerge.data.ShardedImages;
import ffmerge.data.ShardedText;
import ffmerge.data.Shards;
import ffmerge.data.Split;
import ffmerge.data.TextFiles;
import ffmerge.data.TextSource;
import ffmerge.data.TokenStream;
import ffmerge.data.Tokenizer;
import ffmerge.hub.Hub;
import ffmerge.hub.HubSettings;
import ffmerge.hub.PaperData;
import ffmerge.hub.Unavailable;
import ffmerge.journal.RunLog;
import ffmerge.journal.Subjects;
import ffmerge.model.ImageClassifier;
import ffmerge.model.LanguageModel;
import ffmerge.model.TransformerModel;
import ffmerge.result.Subject;
import ffmerge.shrink.Lineage;
import ffmerge.workload.ImageWorkload;
import ffmerge.workload.ShardedData;
import ffmerge.workload.SummaryData;
import ffmerge.workload.TextWorkload;
import ffmerge.workload.TranslationData;
import ffmerge.workload.Workload;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/** What a notebook has at hand: its models by name, and data that was read once. */
public final class Session implements AutoCloseable {
    private static final String PARQUET = ".parquet";
    private static final int SHOWN_OF_CACHE = 10;

    private final DemoHome home;
    private final StateFolder state;
    private final Map<String, TransformerModel> models = new LinkedHashMap<>();
    /** How each model came to be, by its name. */
    private final Map<String, Lineage> lineages = new LinkedHashMap<>();

    private final Map<String, TokenStream> streams = new LinkedHashMap<>();
    private final Map<String, ImageSet> imageSets = new HashMap<>();
    private final TranslationData translation = new TranslationData();
    private final SummaryData summaries = new SummaryData(this::tokenizer);
    /** Of dialogues and of texts that are read as they are needed, by their folders. */
    private final Map<Path, Tokenizer> tokenizers = new HashMap<>();

    private final ShardedData sharded;
    private final Map<String, CostModel> costModels = new HashMap<>();

    /** Reads the environment when it is first asked: a mistake in it is no concern of those who need no hub. */
    private final Supplier<Hub> hubs;

    private Hub hub;

    public Session(DemoHome home, StateFolder state) {
        this(home, state, () -> new Hub(HubSettings.fromEnvironment()));
    }

    /** @param hubs makes the hub, once, when it is first needed */
    public Session(DemoHome home, StateFolder state, Supplier<Hub> hubs) {
        this.home = home;
        this.state = state;
        this.hubs = hubs;
        this.sharded = new ShardedData(home, this::hub);
    }

    /** @throws UserError if the environment's settings of the hub can't be meant */
    public synchronized Hub hub() {
        if (hub == null) {
            hub = hubs.get();
        }
        return hub;
    }

    StateFolder state() {
        return state;
    }

    public RunLog log() {
        return new RunLog(state);
    }

    public DemoHome home() {
        return home;
    }

    public Map<String, TransformerModel> models() {
        return Collections.unmodifiableMap(models);
    }

    /**
     * Keeps a model under a name; one that had the name is closed.
     *
     * @param lineage how it came to be
     */
    public void put(String name, TransformerModel model, Lineage lineage) {
        TransformerModel old = models.put(name, model);
        lineages.put(name, lineage);
        if (old != null && old != model) {
            old.close();
        }
    }

    /** Keeps a model whose lineage is given as text. */
    public void put(String name, TransformerModel model, String lineage) {
        put(name, model, Lineage.parse(lineage));
    }

    /** Closes a model and forgets it. */
    void remove(String name) {
        models.remove(name).close();
        lineages.remove(name);
    }

    /** How the model of this name came to be. */
    public Lineage lineage(String name) {
        return lineages.getOrDefault(name, new Lineage(name, List.of()));
    }

    /** What the log keeps of those of these names that are models. */
    public Map<String, Subject> subjects(List<String> names, Host host) {
        Map<String, Subject> subjects = new LinkedHashMap<>();
        for (String name : names) {
            if (isLoaded(name, host)) {
                subjects.put(name, Subjects.of(lineage(name).toString(), model(name, host)));
            }
        }
        return subjects;
    }

    /**
     * The model of this name: one of the session's, or a Java variable that holds one.
     *
     * @throws UserError if there is none
     */
    public TransformerModel model(String name, Host host) {
        if (!models.containsKey(name) && host.variable(name).orElse(null) instanceof TransformerModel variable) {
            return variable;
        }
        return requireLoaded(name);
    }

    /** @throws UserError if no model of the session has this name */
    TransformerModel requireLoaded(String name) {
        TransformerModel model = models.get(name);
        if (model != null) {
            return model;
        }
        String loaded = models.isEmpty()
                ? "nothing is loaded yet: %ffmerge load gpt2-novels --as base"
                : "loaded are " + String.join(", ", models.keySet());
        throw new UserError("no model is named '" + name + "'" + Nearest.hint(name, models.keySet(), loaded));
    }

    /** Whether a model of this name is in memory. */
    boolean isLoaded(String name, Host host) {
        return models.containsKey(name) || host.variable(name).orElse(null) instanceof TransformerModel;
    }

    /**
     * The architecture of a model that need not be loaded: of one that is, of a folder's or file's config, or of a
     * published model.
     *
     * @throws UserError if there is nothing of this name
     */
    Architecture architecture(String name, Host host) {
        if (isLoaded(name, host)) {
            return model(name, host).architecture();
        }
        return configOf(name)
                .map(Architecture::of)
                .orElseGet(() -> requireLoaded(name).architecture());
    }

    private Optional<ModelConfig> configOf(String name) {
        if (!UserPath.exists(name)) {
            home.requireHere(name);
        }
        Path path = home.model(name).or(() -> cachedModel(name)).orElseGet(() -> UserPath.of(name));
        if (Files.isDirectory(path)) {
            return Optional.of(ModelConfig.read(path.resolve("config.json")));
        }
        return Files.isRegularFile(path) ? Optional.of(ModelConfig.read(path)) : ModelConfig.published(name);
    }

    /** Adds what the cache has in place of something that could not be had. */
    public static UserError withCached(Unavailable e, String name, List<String> cached) {
        String there = cached.isEmpty()
                ? "the cache has none"
                : "the cache has " + String.join(", ", cached.subList(0, Math.min(SHOWN_OF_CACHE, cached.size())))
                        + (cached.size() > SHOWN_OF_CACHE ? ", …" : "");
        return new UserError(e.getMessage() + Nearest.hint(name, cached, there), e);
    }

    /** The ids of hub models that were fetched before; nobody is asked, and nothing is wrong. */
    public List<String> cachedModels() {
        try {
            return hub().cachedModels();
        } catch (UserError e) {
            return List.of(); // whoever loads a model is told
        }
    }

    /** The data sets of the hub of which something was fetched before; nobody is asked, and nothing is wrong. */
    public List<String> cachedDatasets() {
        try {
            return hub().cachedDatasets();
        } catch (UserError e) {
            return List.of(); // whoever uses one is told
        }
    }

    /** A hub model that was fetched before; nobody is asked. */
    private Optional<Path> cachedModel(String name) {
        return Hub.isId(name) && !UserPath.exists(name) ? hub().cachedModel(name, Hub.MAIN) : Optional.empty();
    }

    /** What commands on this model would cost. */
    Costs costs(String name, Host host) {
        Architecture architecture = architecture(name, host);
        boolean loaded = isLoaded(name, host);
        Device device = loaded ? model(name, host).device() : Device.cpu();
        String shape = architecture.config().json().toString() + device;
        CostModel model = costModels.computeIfAbsent(shape, s -> new CostModel(architecture, device));
        return loaded
                ? Costs.ofLoaded(name, model(name, host), model)
                : new Costs(name, architecture, Ties.NONE, model);
    }

    /** The data of a model's task: the demo set unless another is named. */
    Workload workload(TransformerModel model, Arguments arguments, Host host) {
        sharded.showIn(host);
        Architecture.Task task = model.architecture().task();
        boolean summarizes = task == Architecture.Task.LANGUAGE_MODELLING && isDialogues(arguments);
        if (task != Architecture.Task.TRANSLATION) {
            refuse(Options.TRANSLATION, "models that translate", model, arguments);
        }
        if (!summarizes) {
            refuse(Options.SUMMARIES, "data of dialogues, which are summarized", model, arguments);
        }
        if (task != Architecture.Task.TRANSLATION && !summarizes) {
            refuse(Options.GENERATION, "models that translate and data of dialogues", model, arguments);
        }
        if (summarizes) {
            String data = arguments.text("data", "");
            return summaries.workload(model, data, split -> dialogueFiles(data, split), arguments, host);
        }
        return switch (task) {
            case LANGUAGE_MODELLING -> text(model, (LanguageModel) model, arguments, host);
            case IMAGE_CLASSIFICATION -> images(model, (ImageClassifier) model, arguments, host);
            case TRANSLATION -> {
                String data = arguments.text("data", "tatoeba");
                yield translation.workload(
                        model, data, split -> file(data, split, PairFiles::find), sharded, arguments, host);
            }
        };
    }

    private static void refuse(List<OptionSpec> options, String others, TransformerModel model, Arguments arguments) {
        options.stream().filter(o -> arguments.has(o.name())).findFirst().ifPresent(o -> {
            throw new UserError("--" + o.name() + " is for " + others + "; this is "
                    + model.architecture().title()
                    + (arguments.has("data") ? " on " + arguments.text("data", "") : ""));
        });
    }

    /** Whether the data that is named holds dialogues; of a hub's data, the first file that is read anyway tells. */
    private boolean isDialogues(Arguments arguments) {
        String data = arguments.text("data", "");
        if (data.isEmpty()) {
            return false;
        }
        if (sharded.hubId(data).isPresent()) {
            Split read = Split.parse(arguments.textOrDefault("split", Split.VALIDATION.label()));
            try {
                return sharded.shards(data, read, DialogueFiles.NAME_ENDINGS)
                        .filter(files -> files.count() > 0)
                        .map(files -> DialogueFiles.isDialogues(files.file(0)))
                        .orElse(false);
            } catch (UserError e) {
                return false; // whoever reads the data as text says what is wrong
            }
        }
        Path path = home.dataSets().contains(data)
                ? home.data(data, Split.VALIDATION).orElseThrow()
                : UserPath.of(data);
        FileKind kind = FileKind.behindLinks(path);
        return (kind == FileKind.FILE || kind == FileKind.FOLDER) && DialogueFiles.isDialogues(path);
    }

    private List<Path> dialogueFiles(String data, Split split) {
        return sharded.shards(data, split, DialogueFiles.NAME_ENDINGS)
                .map(Shards::files)
                .orElseGet(() -> List.of(file(data, split, DialogueFiles::find)));
    }

    private Workload text(TransformerModel model, LanguageModel language, Arguments arguments, Host host) {
        String data = arguments.text("data", "novels");
        Path folder = model.origin().folder();
        return new TextWorkload(
                data,
                split -> text(data, split, folder, host.progress()),
                language.context(),
                Options.weighting(arguments));
    }

    private Workload images(TransformerModel model, ImageClassifier classifier, Arguments arguments, Host host) {
        String data = arguments.text("data", "digits");
        Path folder = model.origin().folder();
        boolean skipBroken = arguments.flag("skip-broken");
        return ImageWorkload.of(
                classifier,
                data,
                split -> images(data, split, folder, classifier, skipBroken, host),
                Augmentation.parse(arguments.text("augment", Augmentation.SHIFT.label())));
    }

    private ImageSource images(
            String data, Split split, Path folder, ImageClassifier model, boolean skipBroken, Host host) {
        String key = String.join("\n", data, split.label(), folder.toString(), String.valueOf(skipBroken));
        if (sharded.hubId(data).isPresent()) {
            Shards files = sharded.shards(data, split, List.of(PARQUET)).orElseThrow();
            return sharded.source(
                    ShardedImages.class,
                    key,
                    () -> new ShardedImages(
                            data,
                            split,
                            files,
                            Preprocessing.load(folder, model.imageShape().channels()),
                            model.classNames(),
                            set -> skipBroken ? withoutBroken(set) : set));
        }
        ImageSet known = imageSets.get(key);
        if (known != null) {
            return known;
        }
        Path where = home.data(data, split).orElseGet(() -> userData(data));
        Preprocessing preprocessing =
                Preprocessing.load(folder, model.imageShape().channels());
        ImageSet all = ImageSet.open(data, where, split, preprocessing, model.classNames());
        ImageSet used = skipBroken ? withoutBroken(all) : all;
        imageSets.put(key, used);
        return used;
    }

    private ImageSet withoutBroken(ImageSet set) {
        ImageSet whole = set.withoutBroken(sharded.progress());
        if (!whole.leftOut().isEmpty()) {
            sharded.notice(whole.leftOut());
        }
        return whole;
    }

    private TextSource text(String data, Split split, Path tokenizerFolder, Progress progress) {
        Optional<Shards> files = sharded.shards(data, split, List.of(PARQUET));
        if (files.isEmpty()) {
            return stream(data, split, tokenizerFolder, progress);
        }
        return sharded.source(
                ShardedText.class,
                String.join("\n", data, split.label(), tokenizerFolder.toString()),
                () -> new ShardedText(data, split, files.get(), tokenizer(tokenizerFolder), sharded.progress()));
    }

    private Tokenizer tokenizer(Path folder) {
        return tokenizers.computeIfAbsent(folder, Tokenizer::load);
    }

    private TokenStream stream(String data, Split split, Path tokenizerFolder, Progress progress) {
        String key = String.join("\n", data, split.label(), tokenizerFolder.toString());
        TokenStream known = streams.get(key);
        if (known != null) {
            return known;
        }
        Path file = file(data, split, TextFiles::find);
        try (Tokenizer tokenizer = Tokenizer.load(tokenizerFolder)) {
            TokenStream stream = new TokenStream(data, split, tokenizer.encode(TextFiles.read(file), progress));
            streams.put(key, stream);
            return stream;
        }
    }

    /**
     * The file of a split: of a demo data set, or of a file or folder of the user's.
     *
     * @param find finds it in the latter
     */
    private Path file(String data, Split split, BiFunction<Path, Split, Path> find) {
        return home.data(data, split).orElseGet(() -> find.apply(userData(data), split));
    }

    /** @throws UserError if there is no such file or folder */
    private Path userData(String data) {
        Path path = UserPath.of(data);
        FileKind kind = FileKind.behindLinks(path);
        if (kind == FileKind.NOTHING) {
            home.requireHere(data);
            List<String> known = home.dataSets();
            throw new UserError("there is no data set, file or folder '" + data + "'"
                    + Nearest.hint(data, known, known.isEmpty() ? "" : "demo data sets are " + String.join(", ", known))
                    + "; of the hub's, name one as ORG/NAME, ORG/NAME:CONFIG or " + PaperData.labels());
        }
        if (kind != FileKind.FILE && kind != FileKind.FOLDER) {
            throw new UserError("the data '" + data + "' is " + kind.label() + "; name a file or a folder");
        }
        return path;
    }

    @Override
    public void close() {
        models.values().forEach(TransformerModel::close);
        models.clear();
        translation.close();
        tokenizers.values().forEach(Tokenizer::close);
        tokenizers.clear();
    }
}
