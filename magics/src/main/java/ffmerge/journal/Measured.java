package ffmerge.journal;

import ffmerge.Measure;
import ffmerge.result.Lineage;
import ffmerge.result.Measurement;
import ffmerge.result.Removed;
import ffmerge.result.Run;
import ffmerge.result.Step;
import ffmerge.result.Subject;
import ffmerge.result.TextProtocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a logged run says of one model's quality or size.
 *
 * @param run that says it
 * @param model its name then
 * @param subject the model, or that which it was made from and gone again
 * @param lineage how what was measured came to be
 * @param removed what it holds less than what was loaded
 * @param feedForwards sets of weights of FF sublayers that what was loaded has
 * @param parameters held in memory
 * @param metric null where the run measured nothing
 * @param scoring by which protocol a text was scored; null where none was
 */
record Measured(
        Run run,
        String model,
        Subject subject,
        Lineage lineage,
        Removed removed,
        int feedForwards,
        long parameters,
        Measure metric,
        double value,
        String data,
        String split,
        TextProtocol scoring) {
    /** Options on which a value depends beside the data and the split. */
    private static final List<String> PROTOCOL =
            List.of("limit", "tokenize", "stem", "beams", "max-length", "prompt", "columns", "skip-broken");

    /** All that a run says of models whose history is known; nothing for those that older versions logged. */
    static List<Measured> of(Run run) {
        List<Measured> all = new ArrayList<>();
        for (Measurement measurement : run.measured()) {
            Subject subject = run.made()
                    .getOrDefault(measurement.model(), run.provenance().models().get(measurement.model()));
            if (isKnown(subject)) {
                all.add(of(run, subject, measurement));
            }
        }
        run.made().forEach((name, subject) -> {
            if (isKnown(subject) && all.stream().noneMatch(m -> m.model.equals(name))) {
                all.add(unmeasured(run, name, subject));
            }
        });
        return all;
    }

    private static boolean isKnown(Subject subject) {
        return subject != null && subject.history() != null && subject.history().isKnown();
    }

    private static Measured of(Run run, Subject subject, Measurement m) {
        Step then = m.then();
        Lineage lineage = then == null ? subject.history() : subject.history().then(then);
        boolean isItself = then == null; // what went is counted in the subject then
        int feedForwardsSince = isItself ? 0 : m.feedForwardsRemoved();
        long parametersSince = isItself ? 0 : m.parametersRemoved();
        Removed removed = removed(lineage, subject, feedForwardsSince);
        return new Measured(
                run,
                m.model(),
                subject,
                lineage,
                removed,
                subject.feedForwards() - feedForwardsSince + removed.feedForwards(),
                subject.parameters() - parametersSince,
                m.metric(),
                m.value(),
                m.data(),
                m.split(),
                m.scoring());
    }

    private static Measured unmeasured(Run run, String name, Subject subject) {
        Removed removed = removed(subject.history(), subject, 0);
        return new Measured(
                run,
                name,
                subject,
                subject.history(),
                removed,
                subject.feedForwards() + removed.feedForwards(),
                subject.parameters(),
                null,
                Double.NaN,
                "",
                "",
                null);
    }

    /**
     * What is gone, by all that was done. Of steps that nobody counted, as in older logs, no more is known than how many
     * FF sublayers share another's weights.
     */
    private static Removed removed(Lineage lineage, Subject subject, int feedForwardsSince) {
        boolean counted = lineage.steps().stream().filter(Step::isSmaller).allMatch(step -> step.removed() != null);
        return counted
                ? lineage.removed()
                : new Removed(0, 0, 0, subject.layers() - subject.feedForwards() + feedForwardsSince);
    }

    /** An option as the run used it; empty where its command has none of this name. */
    String option(String name) {
        return Objects.toString(run.options().get(name), "");
    }

    /** What was measured, and all that its value depends on beside the model, as text. */
    String measuredHow() {
        Map<String, Object> options = run.options();
        String what = metric == null ? "" : metric.name();
        return String.join("\n", what, data, split, String.valueOf(scoring))
                + PROTOCOL.stream().map(name -> "\n" + options.get(name)).reduce("", String::concat);
    }

    /** Whether both were measured on the same examples in the same way, as far as the log says. */
    boolean isMeasuredAs(Measured other) {
        return metric != null && other.metric != null && measuredHow().equals(other.measuredHow());
    }
}
