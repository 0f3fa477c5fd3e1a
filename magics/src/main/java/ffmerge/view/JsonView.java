package ffmerge.view;

import ffmerge.result.Labels;
import ffmerge.result.Result;
import java.util.stream.Collectors;

/** A result of a kind that nobody wrote a view for. */
record JsonView<R extends Result>(Class<R> type) implements View<R> {
    @Override
    public String command(R result) {
        return "result";
    }

    @Override
    public String sentence(R result) {
        return ResultJson.of(command(result), result).toPrettyString();
    }

    @Override
    public String outcome(R result) {
        String metrics = result.measurements().stream()
                .map(m -> m.metric().title() + " " + Labels.value(m.metric(), m.value()))
                .collect(Collectors.joining(", "));
        return metrics.isEmpty() ? type.getSimpleName() : metrics;
    }

    @Override
    public String sentenceHtml(R result) {
        return "<pre>" + Html.escape(sentence(result)) + "</pre>";
    }
}
