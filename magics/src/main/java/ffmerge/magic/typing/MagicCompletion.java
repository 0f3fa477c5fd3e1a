package ffmerge.magic.typing;

import ffmerge.architecture.Stack;
import ffmerge.hub.PaperData;
import ffmerge.magic.command.CommandSpec;
import ffmerge.magic.command.Option;
import ffmerge.magic.command.Session;
import ffmerge.magic.typing.Spot.Written;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What may be written at the cursor of a cell, in our language.
 *
 * @param proposals the best first; may be none
 * @param start where the text begins that a proposal replaces, in chars of the cell
 * @param end where it ends
 */
public record MagicCompletion(List<Proposal> proposals, int start, int end) {
    /** @param type what it is, as a person would say it: {@code option} */
    public record Proposal(String text, String type) {
        private boolean completes(String typed) {
            String name = text.replaceFirst("^(- | )", ""); // the dash of a recipe's step may be lacking
            return name.startsWith(typed);
        }
    }

    /** @return empty where the cursor stands in Java, or in a magic's name */
    public static Optional<MagicCompletion> at(String code, int cursor, Session session) {
        return MagicCell.spotAt(code, cursor, session.commands())
                .filter(spot -> !(spot instanceof Spot.MagicName))
                .map(spot -> new MagicCompletion(
                        proposals(spot, session)
                                .filter(p -> p.completes(spot.word().typed()))
                                .distinct()
                                .toList(),
                        spot.word().start(),
                        spot.word().end()));
    }

    private static Stream<Proposal> proposals(Spot spot, Session session) {
        if (spot instanceof Spot.CommandName name) {
            return commands(name, session);
        }
        if (spot instanceof Spot.Argument argument) {
            return arguments(argument, session);
        }
        if (spot instanceof Spot.OptionName name) {
            return options(name.command(), name.written(), name.prefix(), name.suffix());
        }
        if (spot instanceof Spot.OptionValue value) {
            return values(value, session);
        }
        return Stream.empty();
    }

    private static Stream<Proposal> commands(Spot.CommandName name, Session session) {
        return session.commands().specs().stream().map(c -> {
            String suffix = c.most() == 0 ? name.suffix().strip() : name.suffix();
            return new Proposal(name.prefix() + c.name() + suffix, "command");
        });
    }

    private static Stream<Proposal> arguments(Spot.Argument argument, Session session) {
        CommandSpec command = argument.command();
        boolean full = argument.index() >= command.most();
        Stream<Proposal> names = full
                ? Stream.empty()
                : named(argument, session)
                        .filter(p -> !argument.written().arguments().contains(p.text()));
        boolean optionsToo = argument.onLine()
                && argument.index() >= command.least()
                && argument.word().typed().isEmpty();
        return optionsToo ? Stream.concat(names, options(command, argument.written(), "--", "")) : names;
    }

    private static Stream<Proposal> named(Spot.Argument argument, Session session) {
        // in NAME FOLDER only the first names a model; in NAME… all do
        String[] words = argument.command().arguments().split("\\s+");
        if (!words[Math.min(argument.index(), words.length - 1)].equals(words[0])) {
            return Stream.empty();
        }
        return switch (argument.command().takes()) {
            case COMMAND -> session.commands().names().stream().map(c -> new Proposal(c, "command"));
            case MODEL_TO_LOAD ->
                Stream.concat(
                        session.home().models().stream().map(m -> new Proposal(m, "demo model")),
                        session.shelf().hub().cachedModels().stream().map(m -> new Proposal(m, "hub model")));
            case LOADED_MODEL -> models(argument.written(), session).map(m -> new Proposal(m, "model"));
            case SWEEP -> session.sweeps().stream().map(s -> new Proposal(s, "sweep"));
            case FILE, NOTHING -> Stream.empty();
        };
    }

    private static Stream<String> models(Written written, Session session) {
        Set<String> names = new LinkedHashSet<>(session.models().keySet());
        names.addAll(written.names());
        return names.stream();
    }

    private static Stream<Proposal> options(CommandSpec command, Written written, String prefix, String suffix) {
        return command.options().stream()
                .filter(o -> o.kind() == Option.Kind.LIST || !written.options().containsKey(o.name()))
                .map(o -> new Proposal(prefix + o.name() + suffix, "option"));
    }

    private static Stream<Proposal> values(Spot.OptionValue value, Session session) {
        Option<?> option = value.option();
        return switch (option.names()) {
            case WINDOW ->
                windows(layers(value.written(), session), value.word().typed());
            case LAYER ->
                IntStream.range(0, layers(value.written(), session))
                        .mapToObj(layer -> new Proposal(Integer.toString(layer), "layer"));
            case STACK -> stacks(value, session);
            case DATA ->
                Stream.concat(
                        session.home().dataSets().stream().map(d -> new Proposal(d, "demo data")),
                        Stream.concat(
                                session.shelf().hub().cachedDatasets().stream().map(d -> new Proposal(d, "hub data")),
                                Arrays.stream(PaperData.values()).map(d -> new Proposal(d.label(), "hub data"))));
            case LOADED_MODEL -> models(value.written(), session).map(m -> new Proposal(m, "model"));
            case MODEL ->
                Stream.concat(
                        models(value.written(), session).map(m -> new Proposal(m, "model")),
                        session.home().models().stream().map(m -> new Proposal(m, "demo model")));
            case NOTHING, FOLDER, OUTPUT_FOLDER, PLACES -> choices(option).map(c -> new Proposal(c, "value"));
        };
    }

    /** The words of {@code auto|cpu|gpu[:i]} or {@code permute,none}; capitals stand for something else. */
    private static Stream<String> choices(Option<?> option) {
        return option.choices().isEmpty()
                ? Arrays.stream(option.placeholder().split("[|,]"))
                        .map(word -> word.replaceFirst("\\[.*", ""))
                        .filter(word -> word.matches("[a-z][a-z-]*"))
                : option.choices().stream();
    }

    private static Stream<Proposal> stacks(Spot.OptionValue value, Session session) {
        List<String> has =
                stacks(value.written(), session).stream().map(Stack::name).toList();
        return choices(value.option())
                .filter(c -> has.isEmpty() || has.contains(c) || has.size() > 1 && c.equals("both"))
                .map(c -> new Proposal(c, "stack"));
    }

    /** Windows over half of the layers, as in the paper, until a first layer is typed; then all that begin with it. */
    private static Stream<Proposal> windows(int layers, String typed) {
        int hyphen = typed.indexOf('-');
        if (hyphen < 0) {
            int length = Math.max(2, layers / 2);
            return IntStream.rangeClosed(0, layers - length)
                    .mapToObj(first -> new Proposal(first + "-" + (first + length - 1), "window"));
        }
        String first = typed.substring(0, hyphen);
        return first.matches("\\d{1,4}")
                ? IntStream.range(Integer.parseInt(first) + 1, layers)
                        .mapToObj(last -> new Proposal(first + "-" + last, "window"))
                : Stream.empty();
    }

    private static int layers(Written written, Session session) {
        String stack = written.options().getOrDefault("stack", "");
        List<Stack> stacks = stacks(written, session);
        return stacks.stream()
                .filter(s -> stacks.stream().noneMatch(t -> t.name().equals(stack))
                        || s.name().equals(stack))
                .mapToInt(Stack::layers)
                .min()
                .orElse(0);
    }

    /** The stacks of the command's model, if it is loaded. */
    private static List<Stack> stacks(Written written, Session session) {
        return written.arguments().stream()
                .map(session.models()::get)
                .filter(Objects::nonNull)
                .findFirst()
                .map(model -> model.architecture().stacks())
                .orElseGet(ArrayList::new);
    }
}
