package ffmerge.view;

import ffmerge.result.DryRun;
import ffmerge.result.Labels;
import ffmerge.table.Columns;
import java.util.List;
import java.util.Optional;
import tech.tablesaw.api.Table;

/** What a command would cost. */
final class DryRunView implements View<DryRun> {
    @Override
    public Class<DryRun> type() {
        return DryRun.class;
    }

    @Override
    public String command(DryRun result) {
        return result.command();
    }

    @Override
    public boolean isFinding() {
        return false;
    }

    @Override
    public String sentence(DryRun r) {
        String parameters = r.parametersBefore() == 0
                ? ""
                : "; parameters " + Labels.count(r.parametersBefore()) + " → " + Labels.count(r.parametersAfter());
        return r.command() + " " + r.model() + " would take about " + Labels.duration(r.seconds()) + ", "
                + Labels.bytes(r.memoryBytes()) + " of memory and " + Labels.bytes(r.diskBytes()) + " of disk"
                + parameters + ". Nothing was run.";
    }

    @Override
    public Optional<Table> table(DryRun result) {
        Columns<DryRun> columns = new Columns<>("dry run", List.of(result))
                .text("command", DryRun::command)
                .text("model", DryRun::model)
                .numbers("seconds", "#,##0.0", DryRun::seconds)
                .count("memory, bytes", DryRun::memoryBytes)
                .count("disk, bytes", DryRun::diskBytes);
        if (result.parametersBefore() > 0) {
            columns.count("parameters before", DryRun::parametersBefore)
                    .count("parameters after", DryRun::parametersAfter);
        }
        return Optional.of(columns.table());
    }
}
