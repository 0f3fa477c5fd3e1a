package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.data.Split;
import ffmerge.workload.DataRequest;
import ffmerge.workload.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The options that choose data and say how it is read, cut and measured: lists of them, and what they ask for. */
final class DataOptions {
    /** Which data, whatever is done with it. */
    static final List<Option<?>> FILES = List.of(Options.DATA, Options.COLUMNS, Options.SKIP_BROKEN);

    /** How text is cut into windows and scored. */
    static final List<Option<?>> SCORING = List.of(Options.CONTEXT, Options.STRIDE, Options.BOS, Options.WEIGHTING);

    /** Where activations are recorded. */
    static final List<Option<?>> RECORDED = list(FILES, List.of(Options.CONTEXT, Options.STRIDE, Options.TOKENS));

    /** What only tasks have in which text is generated. */
    static final List<Option<?>> GENERATION =
            List.of(Options.BEAMS, Options.MAX_LENGTH, Options.TOKENIZE, Options.PROMPT, Options.STEM);

    /** Questions with choices. */
    static final List<Option<?>> QUESTIONS = List.of(Options.TASK, Options.SHOTS, Options.SHOTS_DATA);

    /** Questions with choices by which models are validated that are trained on other data. */
    static final List<Option<?>> JUDGING =
            List.of(Options.JUDGING_TASK, Options.TASK_DATA, Options.SHOTS, Options.SHOTS_DATA);

    private static final List<Option<?>> ALL =
            list(FILES, List.of(Options.AUGMENT), QUESTIONS, List.of(Options.TASK_DATA), SCORING, GENERATION);

    private DataOptions() {}

    /** Where quality is measured on a part of the data; {@link #GENERATION} belongs at the end of such a command's list. */
    static List<Option<?>> measured(Option<Split> split) {
        return list(FILES, List.of(split, Options.LIMIT), QUESTIONS, SCORING);
    }

    /** One list of several. */
    @SafeVarargs
    static List<Option<?>> list(List<? extends Option<?>>... parts) {
        List<Option<?>> all = new ArrayList<>();
        for (List<? extends Option<?>> part : parts) {
            all.addAll(part);
        }
        return List.copyOf(all);
    }

    /**
     * Which data is wanted, and how it is to be measured.
     *
     * @param firstRead the part that will be read first
     */
    static DataRequest request(Arguments arguments, Split firstRead) {
        return new DataRequest(
                arguments.given(Options.DATA).orElse(""),
                firstRead,
                arguments.get(Options.COLUMNS),
                arguments.get(Options.SKIP_BROKEN),
                arguments.get(Options.AUGMENT),
                new DataRequest.TextWindows(
                        arguments.given(Options.CONTEXT),
                        arguments.given(Options.STRIDE),
                        arguments.get(Options.BOS),
                        arguments.get(Options.WEIGHTING)),
                new DataRequest.Generating(
                        arguments.given(Options.BEAMS),
                        arguments.given(Options.MAX_LENGTH),
                        arguments.given(Options.TOKENIZE),
                        arguments.given(Options.PROMPT),
                        arguments.get(Options.STEM)),
                questions(arguments));
    }

    private static Optional<DataRequest.Questions> questions(Arguments arguments) {
        for (Option<?> option : List.of(Options.SHOTS, Options.SHOTS_DATA, Options.TASK_DATA)) {
            if (arguments.has(option) && arguments.given(Options.TASK).isEmpty()) {
                throw new UserError("--" + option.name() + " is of questions: add --task NAME");
            }
        }
        if (arguments.has(Options.SHOTS_DATA) && arguments.get(Options.SHOTS) == 0) {
            throw new UserError("--shots-data names examples: add --shots N, how many of them stand before a question");
        }
        return arguments
                .given(Options.TASK)
                .map(task -> new DataRequest.Questions(
                        task,
                        arguments.get(Options.SHOTS),
                        arguments.given(Options.SHOTS_DATA),
                        arguments.given(Options.TASK_DATA)));
    }

    /** Notes for the log what the data and the model made of that request. */
    static void used(Arguments arguments, Workload workload) {
        Map<String, Object> settings = workload.settings();
        for (Option<?> option : ALL) {
            if (settings.containsKey(option.name())) {
                arguments.used(option, settings.get(option.name()));
            } else if (!arguments.has(option)) {
                arguments.unused(option);
            }
        }
    }
}
