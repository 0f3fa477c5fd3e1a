package ffmerge.journal;

import ffmerge.Measure;
import ffmerge.evaluate.Accuracy;
import ffmerge.evaluate.Bleu;
import ffmerge.evaluate.Perplexity;
import ffmerge.evaluate.Rouge;
import java.util.List;

/** The measures that version 0.1 logged by their names alone, and that the paper's table names. */
final class LoggedMeasures {
    private static final List<Measure> ALL = List.of(Perplexity.MEASURE, Accuracy.MEASURE, Bleu.MEASURE, Rouge.MEASURE);

    private LoggedMeasures() {}

    static Measure named(String name) {
        return ALL.stream().filter(m -> m.name().equals(name)).findFirst().orElseGet(() -> Measure.named(name));
    }
}
