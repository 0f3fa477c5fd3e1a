package ffmerge.magic;

import ffmerge.Interrupted;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.journal.Making;
import ffmerge.journal.RunFile;
import ffmerge.journal.RunLog;
import ffmerge.magic.command.Arguments;
import ffmerge.magic.command.Command;
import ffmerge.magic.command.CommandSpec;
import ffmerge.magic.command.Host;
import ffmerge.magic.command.Options;
import ffmerge.magic.command.Session;
import ffmerge.magic.command.StepMaking;
import ffmerge.result.Capsule;
import ffmerge.result.DryRun;
import ffmerge.result.Labels;
import ffmerge.result.Provenance;
import ffmerge.result.RecipeResult;
import ffmerge.result.Result;
import ffmerge.result.Run;
import ffmerge.result.Subject;
import ffmerge.torch.NativeHeap;
import ffmerge.torch.OutOfMemory;
import ffmerge.view.ResultJson;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;

/** Runs commands to their end: shows the result, binds it, notes it in the log. */
final class CommandRunner {
    private final Session session;
    private final Host host;

    CommandRunner(Session session, Host host) {
        this.session = session;
        this.host = host;
    }

    /** @param line the command in the words of a line magic, for the log */
    void run(Command command, Arguments typed, String line) {
        Arguments arguments = typed.naming(session.models()::containsKey);
        arguments
                .given(Options.AS_RESULT)
                .ifPresent(name -> NewName.require(name, command.spec(), session.models()::containsKey, host));
        Optional<ResultOutput> out = ResultOutput.of(command, arguments, session.views());
        arguments.requireReadable();
        String time = Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
        List<String> worksOn = StepMaking.worksOn(arguments);
        // before the work: a model may be given its own name anew
        Map<String, Subject> models = session.isLogged(command) ? session.subjects(worksOn, host) : Map.of();
        String lineage =
                worksOn.isEmpty() ? "" : session.lineage(worksOn.get(0)).toString();
        List<Making> from = StepMaking.from(arguments, session, host);
        long start = System.nanoTime();
        Result result;
        try {
            result = command.run(arguments, session, host);
        } catch (UserError e) {
            throw e;
        } catch (RuntimeException e) {
            throw OutOfMemory.of(e)
                    .<RuntimeException>map(lack -> outOfMemory(lack, command, e))
                    .orElse(e);
        } finally {
            NativeHeap.giveBack();
        }
        if (!command.gives(result)) {
            throw new IllegalStateException(command.spec().name() + " gave a " + result.getClass());
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        CommandSpec spec = command.spec();
        if (arguments.given(Options.BRIEF).orElse(false)) {
            host.showBriefly(spec.name(), result);
        } else {
            host.show(spec.name(), result);
        }
        out.ifPresent(file -> session.write(
                arguments.given(Options.OUT).orElseThrow(),
                file.told(),
                () -> {
                    file.write(spec.name(), result);
                    if (!(result instanceof DryRun)) {
                        file.writeRecipe(() -> recipe(command, arguments, from));
                    }
                },
                host));
        if (!command.binds(arguments)) {
            arguments.given(Options.AS_RESULT).ifPresent(name -> host.bind(name, result));
        }
        if (result instanceof DryRun) {
            return;
        }
        boolean makesModel = spec.makes() == CommandSpec.Makes.MODEL;
        if (!makesModel && !session.isLogged(command)) {
            return;
        }
        Making making = StepMaking.of(command, arguments, from, session, host);
        if (makesModel) {
            command.made(arguments, host).ifPresent(name -> session.made(name, making));
        }
        if (session.isLogged(command)) {
            session.note(new Run(
                    time,
                    RunLog.newId(),
                    spec.name(),
                    line,
                    arguments.positional(),
                    arguments.resolved(),
                    seconds,
                    Provenance.of(lineage, models),
                    made(spec, arguments),
                    result.measurements(),
                    ResultJson.of(result),
                    session.views().of(result).outcome(result),
                    StepMaking.capsule(making, arguments, session, host)));
        }
    }

    /** The steps that led to a result, in YAML. */
    private String recipe(Command command, Arguments arguments, List<Making> from) {
        Capsule capsule =
                StepMaking.capsule(StepMaking.of(command, arguments, from, session, host), arguments, session, host);
        return (capsule.missing() == null ? "" : "# but not as it stands: " + capsule.missing() + "\n")
                + RunFile.yaml(capsule.recipe());
    }

    /** The model that the command made. */
    private Map<String, Subject> made(CommandSpec spec, Arguments arguments) {
        return spec.makes() == CommandSpec.Makes.MODEL
                ? session.subjects(arguments.given(Options.AS_RESULT).stream().toList(), host)
                : Map.of();
    }

    /** The models are as they were: a command changes none but the one that it makes. */
    private UserError outOfMemory(OutOfMemory lack, Command command, RuntimeException failure) {
        String held = session.models().entrySet().stream()
                .map(m -> m.getKey() + " "
                        + Labels.bytes(m.getValue().parameters().bytes()))
                .collect(Collectors.joining(", "));
        boolean aligns = command.spec().option("memory").isPresent();
        return new UserError(
                "out of memory on the " + lack.device() + " during "
                        + command.spec().name()
                        + (lack.asked() > 0 ? ": " + Labels.bytes(lack.asked()) + " more were asked for" : "")
                        + (held.isEmpty() ? "" : "; loaded are " + held)
                        + "; less is taken with "
                        + (aligns ? "a smaller --memory, " : "")
                        + "load --dtype bfloat16, or after unload NAME of a model that isn't needed",
                failure);
    }

    /** What an interrupted step says of itself, and that those before it are done. */
    private static Interrupted interrupted(int done, List<Recipe.Step> steps, CancellationException why) {
        String kept = why instanceof Interrupted ? why.getMessage().replaceFirst("^interrupted[:;]?\\s*", "") : "";
        return new Interrupted("interrupted in step " + (done + 1) + " of " + steps.size() + ", "
                + steps.get(done).command().spec().name()
                + (kept.isEmpty() ? "" : ": " + kept)
                + (done == 0 ? "" : "; the steps before it are done, and a recipe of the others goes on"));
    }

    /** Runs a recipe's steps one after the other; the first that fails ends it. */
    RecipeResult run(List<Recipe.Step> steps) {
        long start = System.nanoTime();
        RecipeCheck.require(steps, session, host);
        for (int i = 0; i < steps.size(); i++) {
            Recipe.Step step = steps.get(i);
            try {
                Progress.stopIfInterrupted();
                host.heading(step.line());
                run(step.command(), step.arguments(), step.line());
            } catch (CancellationException e) {
                throw interrupted(i, steps, e);
            }
        }
        return new RecipeResult(steps.size(), (System.nanoTime() - start) / 1e9);
    }
}
