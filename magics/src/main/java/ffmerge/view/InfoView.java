package ffmerge.view;

import ffmerge.Counted;
import ffmerge.result.InfoResult;
import ffmerge.result.Labels;
import ffmerge.result.ModelInfo;
import ffmerge.table.Columns;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import tech.tablesaw.api.Table;

/** A model and its size. */
final class InfoView implements View<InfoResult> {
    @Override
    public Class<InfoResult> type() {
        return InfoResult.class;
    }

    @Override
    public String command(InfoResult result) {
        return "info";
    }

    /** To look at a model tells nothing new of it. */
    @Override
    public boolean isFinding() {
        return false;
    }

    @Override
    public String outcome(InfoResult result) {
        return Labels.count(result.model().uniqueParameters()) + " parameters";
    }

    @Override
    public String sentence(InfoResult result) {
        ModelInfo model = result.model();
        String stacks = model.stacks().entrySet().stream()
                .map(e -> Counted.of(e.getValue().layers(), e.getKey() + " layers") + " of FF width "
                        + e.getValue().feedForwardWidth())
                .collect(Collectors.joining(" and "));
        String parameters = Labels.count(model.uniqueParameters()) + " parameters"
                + (model.uniqueParameters() == model.parameters()
                        ? ""
                        : " that count as " + Labels.count(model.parameters()) + " where they are shared");
        String memory = Labels.bytes(model.bytes()) + " in " + model.dtype()
                + (model.isLoaded() ? " on " + model.device() + "." : " if it were loaded.");
        return model.name() + ": " + model.architecture() + ", " + stacks + "; " + parameters + ", " + memory
                + (model.adapters() == null ? "" : " " + adapters(model.adapters()));
    }

    private static String adapters(ModelInfo.AdapterInfo adapters) {
        return "It carries " + adapters.sharing() + " adapters of rank " + adapters.rank() + " on "
                + String.join(", ", adapters.targets()) + ": " + Labels.count(adapters.parameters())
                + " parameters to train.";
    }

    @Override
    public Optional<Table> table(InfoResult result) {
        Columns<ModelInfo> columns = new Columns<>("model", List.of(result.model()))
                .text("model", ModelInfo::name)
                .text("architecture", ModelInfo::architecture);
        for (Map.Entry<String, ModelInfo.StackInfo> stack :
                result.model().stacks().entrySet()) {
            columns.count(stack.getKey() + " layers", m -> stack.getValue().layers())
                    .count(stack.getKey() + " FF width", m -> stack.getValue().feedForwardWidth());
        }
        return Optional.of(columns.count("parameters", ModelInfo::parameters)
                .count("unique parameters", ModelInfo::uniqueParameters)
                .count("bytes", ModelInfo::bytes)
                .text("dtype", ModelInfo::dtype)
                .text("device", ModelInfo::device)
                .table());
    }
}
