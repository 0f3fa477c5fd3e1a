package ffmerge.view;

import ffmerge.result.Labels;
import ffmerge.result.SaveResult;
import ffmerge.table.Columns;
import java.util.List;
import java.util.Optional;
import tech.tablesaw.api.Table;

/** A model written to disk. */
final class SaveView implements View<SaveResult> {
    @Override
    public Class<SaveResult> type() {
        return SaveResult.class;
    }

    @Override
    public String command(SaveResult result) {
        return "save";
    }

    @Override
    public String outcome(SaveResult result) {
        return result.folder();
    }

    @Override
    public String sentence(SaveResult r) {
        return r.model() + " saved to " + r.folder() + ": " + r.format() + ", " + r.dtype() + ", "
                + Labels.bytes(r.bytes()) + " of weights" + (r.format().equals("gguf") ? ", each place's own" : "")
                + ".";
    }

    @Override
    public Optional<Table> table(SaveResult result) {
        return Optional.of(new Columns<>("saved", List.of(result))
                .text("model", SaveResult::model)
                .text("folder", SaveResult::folder)
                .text("format", SaveResult::format)
                .text("dtype", SaveResult::dtype)
                .count("bytes", SaveResult::bytes)
                .table());
    }
}
