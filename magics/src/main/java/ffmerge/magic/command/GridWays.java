package ffmerge.magic.command;

import ffmerge.Nearest;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.magic.typing.LineWords;
import ffmerge.shrink.Outline;
import ffmerge.shrink.Shrink;
import ffmerge.study.GridWay;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads ways to shrink as a grid names them: a command's words without the model, ways that are gone one after the other with
 * {@link GridWay#THEN} between them.
 *
 * @param model its name, for messages
 * @param taken options that are the grid's own
 * @param recorded how activations are recorded, options by their names
 */
record GridWays(
        Commands commands,
        String model,
        Set<String> taken,
        Supplier<Map<String, Object>> recorded,
        Function<String, Optional<Object>> variables) {
    private static final Pattern OPTION = Pattern.compile("--[\\w-]+");

    /** @throws ValueMistake if a way's words can't be meant */
    List<GridWay> read(List<String> written) {
        List<GridWay> ways = new ArrayList<>();
        for (String words : written) {
            ways.add(way(ways.size(), words.strip()));
        }
        OptionValues.distinct("--ways", ways.stream().map(GridWay::words).toList());
        return ways;
    }

    private GridWay way(int index, String words) {
        List<GridWay.Stage> stages = new ArrayList<>();
        int start = 0;
        for (String part : words.split(GridWay.THEN, -1)) {
            try {
                stages.add(stage(LineWords.of(part)));
            } catch (UserError e) {
                throw new ValueMistake(Options.WAYS, index, stages.size(), start, within(part, e.getMessage()), e);
            }
            start += part.length() + GridWay.THEN.length();
        }
        if (stages.stream().filter(GridWay.Stage::isOpen).count() > 1) {
            throw new ValueMistake(
                    Options.WAYS,
                    index,
                    0,
                    0,
                    0,
                    new UserError(
                            "of '" + words + "' more than one could take what is to be removed: say of all but one"
                                    + " how much goes"));
        }
        return new GridWay(words, stages);
    }

    /** @throws ValueMistake if a stage of a way can't be gone on what those before it leave of a model, whatever the sizes */
    void requireGoable(List<GridWay> ways, Outline whole) {
        for (int i = 0; i < ways.size(); i++) {
            int index = i;
            ways.get(i).refusal(model, whole, 0).ifPresent(refusal -> {
                String[] parts = ways.get(index).words().split(GridWay.THEN, -1);
                int start = Arrays.stream(parts)
                        .limit(refusal.stage())
                        .mapToInt(part -> part.length() + GridWay.THEN.length())
                        .sum();
                UserError why = refusal.why();
                int offset = within(parts[refusal.stage()], why.getMessage());
                throw new ValueMistake(Options.WAYS, index, refusal.stage(), start, offset, why);
            });
        }
    }

    /** Where a mistake in words stands: at the option that it names first. */
    private static int within(String words, String message) {
        Matcher option = OPTION.matcher(message);
        return option.find() ? Math.max(0, words.indexOf(option.group())) : 0;
    }

    private GridWay.Stage stage(List<String> words) {
        if (words.isEmpty()) {
            throw new UserError("a way is a command's words, as merge --average regression");
        }
        ShrinkCommand command = command(words.get(0));
        if (words.size() > 1 && !words.get(1).startsWith("--")) {
            throw new UserError(
                    "a way names no model, as the grid does: " + words.get(0) + " without '" + words.get(1) + "'");
        }
        Arguments typed = arguments(command, words, Map.of());
        typed.requireReadable();
        taken.stream().filter(typed::names).findFirst().ifPresent(option -> {
            throw new UserError("--" + option + " is the whole grid's: name it beside the ways");
        });
        boolean isOpen = command.isOpen(typed);
        return new GridWay.Stage(
                isOpen,
                (architecture, seed) -> ways(command, isOpen, seeded(command, words, seed), architecture),
                (way, architecture, seed) -> {
                    Arguments seeded = seeded(command, words, seed);
                    ways(command, isOpen, seeded, architecture); // asks for what has a part in it
                    Map<String, Object> options = new LinkedHashMap<>(seeded.resolved());
                    options.putAll(isOpen ? command.lacking(way) : Map.of());
                    if (!way.needs().isEmpty()) {
                        recorded.get().forEach((name, value) -> {
                            if (command.spec().option(name).isPresent()) {
                                options.put(name, value);
                            }
                        });
                    }
                    return new GridWay.WayWords(command.spec().name(), options);
                });
    }

    private static List<List<Shrink>> ways(
            ShrinkCommand command, boolean isOpen, Arguments seeded, Architecture architecture) {
        return isOpen ? command.open(seeded, architecture) : List.of(List.of(command.way(seeded, architecture)));
    }

    private ShrinkCommand command(String name) {
        List<String> known = commands.all().stream()
                .filter(ShrinkCommand.class::isInstance)
                .map(command -> command.spec().name())
                .toList();
        return commands.find(name)
                .filter(ShrinkCommand.class::isInstance)
                .map(ShrinkCommand.class::cast)
                .orElseThrow(() -> new UserError("there is no way to shrink '" + name + "'"
                        + Nearest.hint(name, known, "ways begin with " + String.join(", ", known))));
    }

    private Arguments seeded(ShrinkCommand command, List<String> words, int seed) {
        boolean isRandom = command.spec().option(Options.SEED.name()).isPresent();
        return arguments(
                command, words, isRandom ? Map.of(Options.SEED.name(), List.of(String.valueOf(seed))) : Map.of());
    }

    private Arguments arguments(ShrinkCommand command, List<String> words, Map<String, List<String>> more) {
        List<String> line = new ArrayList<>(List.of(model));
        line.addAll(words.subList(1, words.size()));
        return Arguments.parse(command.spec(), line, more, variables);
    }
}
