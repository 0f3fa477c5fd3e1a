package ffmerge.magic.command;

import ffmerge.journal.Capsules;
import ffmerge.journal.FileNote;
import ffmerge.journal.Making;
import ffmerge.model.TransformerModel;
import ffmerge.result.Capsule;
import ffmerge.study.Grid;
import ffmerge.study.GridWay;
import ffmerge.study.ModelInfos;
import ffmerge.torch.Torch;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What it takes to do a cell of a grid again: the commands that give the same model and the same value one by one, with the
 * window that was chosen, so that whoever exports a cell has a recipe for its model.
 *
 * @param arguments the grid's
 * @param base name of the model that is shrunk
 * @param source how that came to be
 * @param teacher how the model came to be that others learn from in tuning, by its name; empty where there is none
 * @param data its name that means the same wherever the working folder is
 * @param files of the data
 */
record GridMaking(
        Arguments arguments, String base, Making source, Map<String, Making> teacher, String data, List<FileNote> files)
        implements Grid.Logging {
    /** What a cell's model is called in its recipe. */
    private static final String CELL = "cell";

    private static final CommandSpec TUNE = new TuneCommand().spec();
    private static final CommandSpec EVAL = new EvalCommand().spec();

    /** What doesn't tell a cell from others of its grid, or says where results go. */
    private static final Set<String> NO_PART = Set.of(
            Options.WAYS,
            GridCommand.SIZES.name(),
            GridCommand.SEEDS.name(),
            Options.AS_RESULT.name(),
            GridCommand.AGAINST.name(),
            Options.OUT.name(),
            Options.WIDTH.name(),
            Options.DRY_RUN.name());

    @Override
    public Map<String, Object> options(Map<String, Object> tuning) {
        Map<String, Object> all = new LinkedHashMap<>(arguments.resolved());
        all.putAll(tuning);
        all.keySet().removeAll(NO_PART);
        return all;
    }

    @Override
    public Capsule capsule(List<GridWay.WayWords> ways, Map<String, Object> tuning, TransformerModel model) {
        Making made = source;
        String name = base;
        for (GridWay.WayWords way : ways) {
            made = step(way.command(), name, way.options(), CELL, List.of(made));
            name = CELL;
        }
        if (!tuning.isEmpty()) {
            Map<String, Object> options = of(TUNE, options(tuning));
            List<Making> from = new ArrayList<>(List.of(made));
            teacher.forEach((named, making) -> {
                options.put(TuneCommand.TEACHER.name(), named);
                from.add(making);
            });
            made = step(TUNE.name(), name, options, CELL, from);
            name = CELL;
        }
        Map<String, Object> options = of(EVAL, arguments.resolved());
        options.put(Options.SEED.name(), Grid.DRAWS);
        made = step(EVAL.name(), name, options, "", List.of(made));
        return Capsules.of(
                made,
                Torch.versions(),
                Map.of(name, ModelInfos.place(model)),
                Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
    }

    private Making step(String command, String model, Map<String, Object> options, String as, List<Making> from) {
        Map<String, Object> step = new LinkedHashMap<>();
        step.put(command, model);
        step.putAll(options);
        if (!as.isEmpty()) {
            step.put(Options.AS_MODEL.name(), as);
        }
        boolean reads = step.replace(Options.DATA.name(), data) != null;
        return Making.of(step, from, reads ? files : List.of());
    }

    /** Those of the options that a command has, too, but for names. */
    private static Map<String, Object> of(CommandSpec spec, Map<String, Object> options) {
        Map<String, Object> own = new LinkedHashMap<>(options);
        own.keySet()
                .removeIf(name -> NO_PART.contains(name) || spec.option(name).isEmpty());
        return own;
    }
}
