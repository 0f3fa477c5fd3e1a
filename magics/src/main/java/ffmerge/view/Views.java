package ffmerge.view;

import ffmerge.plot.Picture;
import ffmerge.result.Result;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.knowm.xchart.internal.chartpart.Chart;
import tech.tablesaw.api.Table;

/**
 * The views of all kinds of results. A notebook asks for a result's table or charts here to go on with them:
 * {@code Views.BUILT_IN.table(result)}.
 */
public record Views(List<View<?>> all) {
    /** Those of ffmerge itself. */
    public static final Views BUILT_IN = new Views(List.of(
            new InfoView(),
            new EvalView(),
            new CkaView(),
            new AlignView(),
            new ShrinkView(),
            new SweepView(),
            new ExploreView(),
            new ChooseView(),
            new TuneView(),
            new CompareView(),
            new GridView(),
            new MistakesView(),
            new SaveView(),
            new RunsView(),
            new ScoreboardView(),
            new ModelsView(),
            new FamiliesView(),
            new RecipeView(),
            new DryRunView()));

    public Views {
        all = List.copyOf(all);
    }

    /** These and more. */
    public Views with(View<?>... more) {
        return new Views(Stream.concat(all.stream(), Stream.of(more)).toList());
    }

    /** The view of a kind of results; where nobody wrote one, they are shown as their JSON. */
    @SuppressWarnings("unchecked") // a view's type is its results'
    public <R extends Result> View<R> of(Class<R> type) {
        return all.stream()
                .filter(view -> view.type() == type)
                .map(view -> (View<R>) view)
                .findFirst()
                .orElseGet(() -> new JsonView<>(type));
    }

    @SuppressWarnings("unchecked") // a result's class is its type
    public <R extends Result> View<R> of(R result) {
        return of((Class<R>) result.getClass());
    }

    /** What a result says, in a sentence or two. */
    public String sentence(Result result) {
        return of(result).sentence(result);
    }

    /** What a reader gets. Empty for a result that is no table. */
    public Optional<Table> table(Result result) {
        return of(result).table(result);
    }

    /** All that a result holds, a row each. Empty for a result that is no table. */
    public Optional<Table> rows(Result result) {
        return of(result).rows(result);
    }

    /** The charts that show a result, to be shown as they are or changed first; empty where there are none. */
    public List<? extends Chart<?, ?>> charts(Result result) {
        return of(result).charts(result);
    }

    /** The same side by side; empty for a result that has none. */
    public Optional<Picture> picture(Result result) {
        List<? extends Chart<?, ?>> charts = charts(result);
        return charts.isEmpty() ? Optional.empty() : Optional.of(new Picture(charts));
    }
}
