package ffmerge.view;

import ffmerge.result.ExploreResult;
import java.util.List;
import java.util.Optional;
import org.knowm.xchart.internal.chartpart.Chart;
import tech.tablesaw.api.Table;

/** A sweep window by window where the front end has a slider; elsewhere as {@link SweepView} shows it. */
final class ExploreView implements View<ExploreResult> {
    private final SweepView whole = new SweepView();

    @Override
    public Class<ExploreResult> type() {
        return ExploreResult.class;
    }

    @Override
    public String command(ExploreResult result) {
        return "explore";
    }

    /** To look at a sweep tells nothing new of it. */
    @Override
    public boolean isFinding() {
        return false;
    }

    @Override
    public String outcome(ExploreResult result) {
        return whole.outcome(result.sweep());
    }

    @Override
    public boolean isList(ExploreResult result) {
        return true;
    }

    @Override
    public String sentence(ExploreResult result) {
        return whole.sentence(result.sweep());
    }

    @Override
    public String moreHtml(ExploreResult result) {
        return whole.moreHtml(result.sweep());
    }

    @Override
    public Optional<Table> table(ExploreResult result) {
        return whole.table(result.sweep());
    }

    @Override
    public Optional<Table> rows(ExploreResult result) {
        return whole.rows(result.sweep());
    }

    @Override
    public boolean isDrawn() {
        return true;
    }

    @Override
    public List<? extends Chart<?, ?>> charts(ExploreResult result) {
        return whole.charts(result.sweep());
    }

    @Override
    public Slides slides(ExploreResult result) {
        return new Slides(SweepSlides.of(result.sweep()), SweepSlides.best(result.sweep()));
    }
}
