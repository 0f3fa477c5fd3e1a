package ffmerge.magic.command;

import ffmerge.UserPath;
import ffmerge.checkpoint.ModelFolder;
import ffmerge.journal.Capsules;
import ffmerge.journal.FileNote;
import ffmerge.journal.Making;
import ffmerge.model.TransformerModel;
import ffmerge.result.Capsule;
import ffmerge.study.ModelInfos;
import ffmerge.torch.Torch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** A command that was run as a step of a recipe: what it takes to do it again. */
public final class StepMaking {
    /** What says where a result goes and how it is shown, or that there is none. */
    private static final Set<String> NO_PART = Set.of(
            Options.OUT.name(),
            Options.WIDTH.name(),
            Options.BRIEF.name(),
            GridCommand.AGAINST.name(),
            Options.DRY_RUN.name());

    private static final Set<Option.Names> MODELS = Set.of(Option.Names.LOADED_MODEL, Option.Names.MODEL);

    private StepMaking() {}

    /** What a command works on, by its name: its arguments, or what an option names. */
    public static List<String> worksOn(Arguments arguments) {
        return arguments.options().stream()
                .filter(option -> option.names() == Option.Names.MODEL)
                .findFirst()
                .<List<String>>map(option ->
                        arguments.given(option).stream().map(Object::toString).toList())
                .orElseGet(arguments::positional);
    }

    /** How the models came to be that a command is about to work on, each once. */
    public static List<Making> from(Arguments arguments, Session session, Host host) {
        return models(arguments, session, host).values().stream()
                .distinct()
                .map(session::making)
                .toList();
    }

    /** The models that are named, as arguments or by options, by their names. */
    private static Map<String, TransformerModel> models(Arguments arguments, Session session, Host host) {
        Map<String, TransformerModel> models = new LinkedHashMap<>();
        Stream<String> byOptions = arguments.options().stream()
                .filter(option -> MODELS.contains(option.names()))
                .flatMap(option -> arguments.given(option).stream())
                .map(Object::toString);
        Stream.concat(arguments.names().stream(), byOptions)
                .filter(name -> session.isLoaded(name, host))
                .forEach(name -> models.put(name, session.model(name, host)));
        return models;
    }

    /**
     * The step that a command was.
     *
     * @param from how the models came to be that it worked on
     */
    public static Making of(Command command, Arguments arguments, List<Making> from, Session session, Host host) {
        CommandSpec spec = command.spec();
        boolean loads = spec.takes() == CommandSpec.Takes.MODEL_TO_LOAD;
        List<String> words = new ArrayList<>();
        for (String word : arguments.positional()) {
            words.add(
                    loads
                            ? session.shelf().models().settled(text(word, host))
                            : session.isLoaded(word, host) ? session.nameOf(session.model(word, host)) : word);
        }
        Map<String, Object> step = new LinkedHashMap<>();
        step.put(spec.name(), words.size() == 1 ? words.get(0) : words);
        List<FileNote> files = new ArrayList<>();
        if (loads) {
            command.made(arguments, host)
                    .map(name -> session.model(name, host).origin().folder())
                    .ifPresent(folder -> files.addAll(modelFiles(words.get(0), folder)));
        }
        Map<String, Object> resolved = arguments.resolved();
        for (Option<?> option : arguments.options()) {
            String name = option.name();
            if (!resolved.containsKey(name)
                    || NO_PART.contains(name)
                    || option.equals(Options.AS_RESULT) && spec.makes() == CommandSpec.Makes.RESULT) {
                continue;
            }
            Object value = resolved.get(name);
            if (option.names() == Option.Names.DATA) {
                String data = session.shelf().settledData(value.toString());
                files.addAll(FileNote.of(FileNote.DATA, data, session.shelf().dataFiles(data)));
                value = data;
            } else if (option.names() == Option.Names.FOLDER) {
                Path folder = UserPath.of(value.toString()).toAbsolutePath().normalize();
                files.addAll(modelFiles(folder.toString(), folder));
                value = folder.toString();
            } else if (option.names() == Option.Names.MODEL) {
                value = named(value.toString(), files, session, host);
            }
            step.put(name, value);
        }
        return Making.of(step, from, files);
    }

    /** A model that is named as one that is loaded, or that was loaded for the command alone: then its files are noted. */
    private static String named(String name, List<FileNote> files, Session session, Host host) {
        if (session.isLoaded(name, host)) {
            return session.nameOf(session.model(name, host));
        }
        String settled = session.shelf().models().settled(name);
        session.shelf()
                .models()
                .here(settled)
                .or(() -> Optional.of(UserPath.of(settled)).filter(Files::exists))
                .ifPresent(folder -> files.addAll(modelFiles(settled, folder)));
        return settled;
    }

    /** Notes the files of a model, which a recipe names so. */
    static List<FileNote> modelFiles(String named, Path folder) {
        return FileNote.of(FileNote.MODEL, named, ModelFolder.modelFiles(folder));
    }

    /** A word of the line, or the text of the Java variable of this name. */
    private static String text(String word, Host host) {
        return host.variable(word)
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .orElse(word);
    }

    /** What it takes to do a run again that is just at its end. */
    public static Capsule capsule(Making making, Arguments arguments, Session session, Host host) {
        Map<String, String> devices = new LinkedHashMap<>(arguments.places());
        models(arguments, session, host).forEach((name, model) -> devices.put(name, ModelInfos.place(model)));
        return Capsules.of(
                making,
                Torch.versions(),
                devices,
                Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
    }
}
