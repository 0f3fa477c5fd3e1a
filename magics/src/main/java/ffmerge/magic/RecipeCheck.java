package ffmerge.magic;

import ffmerge.Nearest;
import ffmerge.UserError;
import ffmerge.magic.command.Arguments;
import ffmerge.magic.command.Command;
import ffmerge.magic.command.CommandSpec;
import ffmerge.magic.command.Host;
import ffmerge.magic.command.Option;
import ffmerge.magic.command.Options;
import ffmerge.magic.command.Session;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Checks the words of all steps of a recipe before the first is run, as nobody wants to hear of a slip in the last one an
 * hour later: values of options, names that can't be given, and names of models, which are there or made by a step before. What only a step before
 * can say, such as the window that a sweep will find, is left to the run.
 */
final class RecipeCheck {
    /** A value that a step before will make. */
    private static final class NotYet extends RuntimeException {
        private static final long serialVersionUID = 1;

        NotYet() {
            super("made by a step before", null, false, false);
        }
    }

    private final Session session;
    private final Host host;
    /** Those that are loaded when the step comes that is checked. */
    private final Set<String> models;
    /** What steps before give names to. */
    private final Set<String> made = new HashSet<>();
    /** Models that steps before unload. */
    private final Set<String> gone = new HashSet<>();
    /** Whether a step may have made what its words don't say. */
    private boolean mayMakeMore;

    private RecipeCheck(Session session, Host host) {
        this.session = session;
        this.host = host;
        this.models = new TreeSet<>(session.models().keySet());
    }

    /** @throws UserError with the step and where it stands */
    static void require(List<Recipe.Step> steps, Session session, Host host) {
        RecipeCheck check = new RecipeCheck(session, host);
        for (Recipe.Step step : steps) {
            try {
                check.require(step.command(), step.arguments());
            } catch (UserError e) {
                throw step.mistaken(e);
            }
        }
    }

    /** Expressions are evaluated once, when their step is run. */
    private Optional<Object> variable(String name) {
        if (mayMakeMore || name.startsWith("{") || made.contains(name)) {
            throw new NotYet();
        }
        return gone.contains(name) ? Optional.empty() : host.variable(name);
    }

    private void require(Command command, Arguments written) {
        CommandSpec spec = command.spec();
        Arguments arguments = written.seeing(this::variable);
        for (Option<?> option : spec.options()) {
            ifSaidYet(() -> arguments
                    .given(option)
                    .filter(value -> option.names() == Option.Names.LOADED_MODEL)
                    .ifPresent(name -> requireModel(name.toString(), false)));
        }
        written.given(Options.AS_RESULT).ifPresent(name -> NewName.require(name, spec, models::contains, host));
        ifSaidYet(() -> arguments
                .given(Options.OUT)
                .filter(file -> !ResultOutput.isFolder(spec, file))
                .ifPresent(file -> ResultFile.form(file, spec.name(), command.result(), session.views())));
        boolean isDry = written.has(Options.DRY_RUN) && written.get(Options.DRY_RUN);
        if (spec.takes() == CommandSpec.Takes.LOADED_MODEL) {
            ifSaidYet(() -> arguments.naming(models::contains).names().forEach(name -> requireModel(name, isDry)));
        }
        ifSaidYet(() -> command.check(arguments, session));
        if (!isDry) {
            command.made(written, host).ifPresent(made::add);
            command.made(written, host)
                    .filter(name -> spec.makes() == CommandSpec.Makes.MODEL)
                    .ifPresent(models::add);
        }
        ifSaidYet(() -> command.unloaded(arguments).forEach(this::unload));
        mayMakeMore |= spec.takes() == CommandSpec.Takes.FILE; // another recipe
    }

    private void unload(String name) {
        models.remove(name);
        made.remove(name);
        gone.add(name);
    }

    private static void ifSaidYet(Runnable check) {
        try {
            check.run();
        } catch (NotYet e) {
            // the run will say
        }
    }

    private void requireModel(String name, boolean isDry) {
        if (models.contains(name)) {
            return;
        }
        if (!gone.contains(name) && session.isLoaded(name, host)) {
            return; // a Java variable
        }
        if (isDry) {
            session.architecture(name, host);
            return;
        }
        if (!gone.contains(name) && (models.isEmpty() || session.home().models().contains(name))) {
            session.model(name, host);
        }
        String there = models.isEmpty() ? "none is loaded then" : "there are " + String.join(", ", models);
        throw new UserError(
                "no model is named '" + name + "' when this step comes" + Nearest.hint(name, models, there));
    }
}
