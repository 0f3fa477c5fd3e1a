package ffmerge.architecture;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a family's table says of its models, whatever their sizes.
 *
 * @param title as people write it
 * @param modelTypes of its configs
 * @param pass the forward pass that they have
 * @param file of the user's that the table stands in; none where it is built in
 */
public record KnownFamily(
        String family,
        String title,
        List<String> modelTypes,
        Architecture.Task task,
        String pass,
        List<StackKind> stacks,
        Optional<Path> file) {
    /**
     * One stack of layers.
     *
     * @param gates whether its units have gates
     * @param merges whether its FF sublayers have units that can be matched and merged
     * @param heads whether its heads can be told apart
     * @param matrices whether its layers hold linear maps
     */
    public record StackKind(String name, Gates gates, boolean merges, boolean heads, boolean matrices) {}

    /** Whether units have gates. */
    public enum Gates {
        NO,
        YES,
        /** As a config says. */
        SOME
    }

    /** All families, those that are built in first. */
    public static List<KnownFamily> all() {
        OwnFamilies own = OwnFamilies.find();
        return Stream.concat(Families.ALL.stream(), own.tables().stream())
                .map(table -> new KnownFamily(
                        table.family(),
                        table.title(),
                        List.copyOf(table.modelTypes()),
                        Architecture.Task.valueOf(
                                table.task().toUpperCase(Locale.ROOT).replace('-', '_')),
                        table.pass(),
                        table.stacks().stream().map(KnownFamily::stack).toList(),
                        own.file(table.family())))
                .toList();
    }

    private static StackKind stack(ArchitectureTable.StackTemplate stack) {
        List<ArchitectureTable.TensorTemplate> tensors = stack.inMemory().toList();
        Set<String> units = tensors.stream()
                .filter(t -> t.axes().contains(FeedForwardTensor.HIDDEN))
                .map(ArchitectureTable.TensorTemplate::role)
                .collect(Collectors.toSet());
        return new StackKind(
                stack.name(),
                gates(tensors),
                units.contains(FeedForwardTensor.UP) && units.contains(FeedForwardTensor.DOWN),
                stack.heads() != null,
                tensors.stream().anyMatch(t -> t.axes().size() == 2));
    }

    private static Gates gates(List<ArchitectureTable.TensorTemplate> tensors) {
        return tensors.stream()
                .filter(t -> t.role().equals(FeedForwardTensor.GATE))
                .findFirst()
                .map(gate -> gate.onlyIf() == null ? Gates.YES : Gates.SOME)
                .orElse(Gates.NO);
    }
}
