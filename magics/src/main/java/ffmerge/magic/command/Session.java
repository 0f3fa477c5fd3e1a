package ffmerge.magic.command;

import ai.djl.Device;
import ffmerge.Nearest;
import ffmerge.StateFolder;
import ffmerge.UserError;
import ffmerge.UserPath;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelConfig;
import ffmerge.checkpoint.Ties;
import ffmerge.cost.CostModel;
import ffmerge.cost.Costs;
import ffmerge.data.DemoHome;
import ffmerge.data.Split;
import ffmerge.evaluate.Metric;
import ffmerge.hub.Hub;
import ffmerge.hub.HubSettings;
import ffmerge.journal.Making;
import ffmerge.journal.RunLog;
import ffmerge.journal.Subjects;
import ffmerge.magic.typing.HelpView;
import ffmerge.model.TransformerModel;
import ffmerge.result.DryRun;
import ffmerge.result.Lineage;
import ffmerge.result.Run;
import ffmerge.result.Subject;
import ffmerge.result.SweepResult;
import ffmerge.shrink.Outline;
import ffmerge.shrink.Ways;
import ffmerge.torch.NativeHeap;
import ffmerge.view.Views;
import ffmerge.workload.Shelf;
import ffmerge.workload.Workload;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.Function;
import java.util.function.Supplier;

/** What a notebook has at hand: its models by name, how they came to be, and the shelf of data. */
public final class Session implements AutoCloseable {
    /** Those of ffmerge itself, help among them. */
    public static final Views VIEWS = Views.BUILT_IN.with(new HelpView());

    private final Commands commands;
    private final Ways ways;
    private final Views views;
    private final Shelf shelf;
    private final StateFolder state;
    /** Never changed but replaced, as completion and help read it while a cell runs. */
    private volatile Map<String, Loaded> loaded = Map.of();

    private final Map<String, CostModel> costModels = new ConcurrentHashMap<>();

    /** The files that commands wrote for the user, which may be written again. */
    private final Set<Path> written = ConcurrentHashMap.newKeySet();

    private Run lastRun;
    private SweepResult lastSweep;
    private final Set<String> sweeps = new ConcurrentSkipListSet<>();

    /**
     * @param lineage how the model came to be
     * @param making by which steps; null where it isn't known
     */
    private record Loaded(TransformerModel model, Lineage lineage, Making making) {}

    public Session(DemoHome home, StateFolder state) {
        this(home, state, () -> new Hub(HubSettings.fromEnvironment()));
    }

    /** @param hubs makes the hub, once, when it is first needed */
    public Session(DemoHome home, StateFolder state, Supplier<Hub> hubs) {
        this(Commands.BUILT_IN, new Shelf(home, hubs), state);
    }

    /**
     * @param commands that there are
     * @param shelf is closed with the session
     */
    public Session(Commands commands, Shelf shelf, StateFolder state) {
        this(commands, Ways.BUILT_IN, VIEWS, shelf, state);
    }

    /**
     * @param commands that there are
     * @param ways to shrink that there are
     * @param views of the commands' results
     * @param shelf is closed with the session
     */
    public Session(Commands commands, Ways ways, Views views, Shelf shelf, StateFolder state) {
        this.commands = commands.over(ways);
        this.ways = ways;
        this.views = views;
        this.shelf = shelf;
        this.state = state;
    }

    /**
     * Writes a file that the user named, and says so where it takes the place of one that this session didn't write.
     *
     * @param named as the user did
     */
    public void write(String named, Path file, Runnable writing, Host host) {
        Path whole = file.toAbsolutePath().normalize();
        boolean isOthers = !written.contains(whole) && Files.exists(whole);
        writing.run();
        written.add(whole);
        if (isOthers) {
            host.notice(named + " was there before, not written in this session, and has been replaced");
        }
    }

    public Commands commands() {
        return commands;
    }

    public Shelf shelf() {
        return shelf;
    }

    /** The ways to shrink that commands know by name. */
    public Ways ways() {
        return ways;
    }

    public StateFolder state() {
        return state;
    }

    public RunLog log() {
        return new RunLog(state);
    }

    public DemoHome home() {
        return shelf.home();
    }

    /** The models as they are now, in the order in which their names came. */
    public Map<String, TransformerModel> models() {
        Map<String, TransformerModel> models = new LinkedHashMap<>();
        loaded.forEach((name, one) -> models.put(name, one.model));
        return Collections.unmodifiableMap(models);
    }

    /**
     * Keeps a model under a name; one that had the name is closed.
     *
     * @param lineage how it came to be
     */
    public void put(String name, TransformerModel model, Lineage lineage) {
        Loaded old = change(now -> now.put(name, new Loaded(model, lineage, null)));
        if (old != null && old.model != model) {
            close(old.model);
        }
    }

    /**
     * Closes a model and forgets it.
     *
     * @return the model, to be forgotten elsewhere, too
     */
    TransformerModel remove(String name) {
        TransformerModel model = change(now -> now.remove(name)).model;
        close(model);
        return model;
    }

    private static void close(TransformerModel model) {
        model.close();
        NativeHeap.giveBack();
    }

    private synchronized <T> T change(Function<Map<String, Loaded>, T> change) {
        Map<String, Loaded> changed = new LinkedHashMap<>(loaded);
        T before = change.apply(changed);
        loaded = Collections.unmodifiableMap(changed);
        return before;
    }

    /** What a model is called: its name in this session, else that of the folder that it was read from. */
    public String nameOf(TransformerModel model) {
        return models().entrySet().stream()
                .filter(named -> named.getValue() == model)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseGet(() -> model.origin() == null
                        ? model.architecture().title()
                        : model.origin().name());
    }

    /** How the model of this name came to be. */
    public Lineage lineage(String name) {
        Loaded found = loaded.get(name);
        return found == null ? new Lineage(name) : found.lineage;
    }

    /** Notes by which step the model of this name was made. */
    public void made(String name, Making making) {
        change(now -> now.computeIfPresent(name, (n, one) -> new Loaded(one.model, one.lineage, making)));
    }

    /** By which steps a model was made, whatever it is called. */
    public Making making(TransformerModel model) {
        return loaded.values().stream()
                .filter(one -> one.model == model && one.making != null)
                .map(Loaded::making)
                .findFirst()
                .orElseGet(() -> Making.unknown(nameOf(model)));
    }

    /** Adds a run to the log. */
    public synchronized void note(Run run) {
        log().write(run);
        lastRun = run;
    }

    /** The last run of this session. */
    public synchronized Optional<Run> lastRun() {
        return Optional.ofNullable(lastRun);
    }

    /**
     * Notes a sweep.
     *
     * @param name that it was given, if any
     */
    synchronized void swept(SweepResult sweep, Optional<String> name) {
        lastSweep = sweep;
        sweeps.add(ExploreCommand.LAST);
        name.ifPresent(sweeps::add);
    }

    /** The last sweep of this session. */
    synchronized Optional<SweepResult> lastSweep() {
        return Optional.ofNullable(lastSweep);
    }

    /** What sweeps of this session are called. */
    public Set<String> sweeps() {
        return Collections.unmodifiableSet(sweeps);
    }

    /** What the log keeps of those of these names that are models. */
    public Map<String, Subject> subjects(List<String> names, Host host) {
        Map<String, Subject> subjects = new LinkedHashMap<>();
        for (String name : names) {
            if (isLoaded(name, host)) {
                subjects.put(name, Subjects.of(lineage(name), model(name, host)));
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
        Loaded found = loaded.get(name);
        if (found != null) {
            return found.model;
        }
        Object variable = host.variable(name).orElse(null);
        if (variable instanceof TransformerModel model) {
            return model;
        }
        if (variable != null) {
            throw new UserError("the Java variable '" + name + "' holds no model; it is of type "
                    + variable.getClass().getSimpleName());
        }
        return requireLoaded(name);
    }

    /** @throws UserError if no model of the session has this name */
    public TransformerModel requireLoaded(String name) {
        Map<String, Loaded> now = loaded;
        if (now.containsKey(name)) {
            return now.get(name).model;
        }
        if (home().models().contains(name)) {
            throw new UserError("'" + name + "' isn't loaded yet: %ffmerge load " + name + " --as base");
        }
        String known = now.isEmpty()
                ? "nothing is loaded yet: %ffmerge load gpt2-novels --as base"
                : "loaded are " + String.join(", ", now.keySet());
        throw new UserError("no model is named '" + name + "'" + Nearest.hint(name, now.keySet(), known));
    }

    /** Whether a model of this name is in memory. */
    public boolean isLoaded(String name, Host host) {
        return loaded.containsKey(name) || host.variable(name).orElse(null) instanceof TransformerModel;
    }

    /**
     * The architecture of a model that need not be loaded: of one that is, of a folder's or file's config, or of a
     * published model.
     *
     * @throws UserError if there is nothing of this name
     */
    public Architecture architecture(String name, Host host) {
        if (isLoaded(name, host)) {
            return model(name, host).architecture();
        }
        return configOf(name)
                .map(Architecture::of)
                .orElseGet(() -> model(name, host).architecture());
    }

    /** The outline of a model that is loaded, or whose config is here; empty where nothing is known of it yet. */
    Optional<Outline> outlineHere(String name) {
        if (models().containsKey(name)) {
            return Optional.of(Outline.of(models().get(name)));
        }
        try {
            return configOf(name).map(Architecture::of).map(architecture -> Outline.of(architecture, Ties.NONE));
        } catch (UserError e) {
            return Optional.empty(); // whoever loads it says why
        }
    }

    private Optional<ModelConfig> configOf(String name) {
        if (!UserPath.exists(name)) {
            home().requireHere(name);
        }
        Path path = shelf.models().here(name).orElseGet(() -> UserPath.of(name));
        if (Files.isDirectory(path)) {
            return Optional.of(ModelConfig.read(path.resolve("config.json")));
        }
        return Files.isRegularFile(path) ? Optional.of(ModelConfig.read(path)) : ModelConfig.published(name);
    }

    /** How results look. */
    public Views views() {
        return views;
    }

    /** Whether a run of a command is worth a line in the log: it worked on a model and told something of it. */
    public boolean isLogged(Command command) {
        CommandSpec spec = command.spec();
        boolean isOfModels = spec.takes() == CommandSpec.Takes.LOADED_MODEL
                || spec.options().stream().anyMatch(option -> option.names() == Option.Names.MODEL);
        return isOfModels
                && (spec.makes() == CommandSpec.Makes.MODEL
                        || views.of(command.result()).isFinding());
    }

    /** What commands on this model would cost. */
    public Costs costs(String name, Host host) {
        if (isLoaded(name, host)) {
            return costs(name, model(name, host));
        }
        Architecture architecture = architecture(name, host);
        return new Costs(name, architecture, costModel(architecture, Device.cpu()));
    }

    /** The same of a model that need not be one of the session's. */
    Costs costs(String name, TransformerModel model) {
        return Costs.ofLoaded(name, model, costModel(model.architecture(), model.device()));
    }

    private CostModel costModel(Architecture architecture, Device device) {
        String shape = architecture.config().json().toString() + device;
        return costModels.computeIfAbsent(shape, s -> new CostModel(architecture, device));
    }

    /**
     * What scoring several models would cost, one after the other.
     *
     * @param scored what is scored of each
     */
    DryRun costsInTurn(
            String command,
            Map<String, TransformerModel> scoredModels,
            Function<TransformerModel, List<Metric>> scored,
            Host host) {
        List<DryRun> costs = new ArrayList<>();
        scoredModels.forEach((name, model) -> costs.add(costs(name, host).scored(command, scored.apply(model))));
        return Costs.inTurn(costs);
    }

    /** The data of a model's task: the demo set unless another is named. */
    public Workload workload(TransformerModel model, Arguments arguments, Host host) {
        return workload(model, arguments, Split.VALIDATION, host);
    }

    /** @param firstRead the part that will be read first: on the hub, no other is looked into */
    public Workload workload(TransformerModel model, Arguments arguments, Split firstRead, Host host) {
        Workload workload = shelf.workload(model, DataOptions.request(arguments, firstRead), host);
        DataOptions.used(arguments, workload);
        return workload;
    }

    @Override
    public void close() {
        Map<String, TransformerModel> last = models();
        change(now -> {
            now.clear();
            return null;
        });
        last.values().forEach(TransformerModel::close);
        shelf.close();
    }
}
