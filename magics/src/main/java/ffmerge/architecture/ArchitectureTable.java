package ffmerge.architecture;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A family's JSON table: names, shapes and roles as templates, to be filled in from a config.
 *
 * @param prefixes what may stand before every name; the first is what transformers writes
 * @param ignored names that old checkpoints carry and nothing needs, {@code {layer}} for a number
 * @param flags what flags of the config are where the config lacks them; one that isn't named here is true; may be null
 * @param sizes how long each named axis is
 */
record ArchitectureTable(
        String family,
        String title,
        List<String> modelTypes,
        String task,
        List<String> prefixes,
        List<String> ignored,
        Map<String, Boolean> flags,
        AxisSizes sizes,
        List<TensorTemplate> tensors,
        List<StackTemplate> stacks) {
    private static final List<String> FAMILIES = List.of("gpt2", "vit", "marian", "llama", "olmo", "olmo2");
    /** Beyond this a config is damaged, and building its tables would exhaust the memory. */
    private static final int MOST_LAYERS = 10_000;

    /**
     * @param aliases other names without prefix
     * @param bare whether the name never has a prefix
     * @param role the tensor's part in the FF sublayer, or null
     * @param onlyIf a flag of the config without which the tensor is left out
     * @param unless a flag of the config with which the tensor is left out
     * @param kind what the tensor is; learned where nothing is said
     */
    @JsonIgnoreProperties(ignoreUnknown = false)
    record TensorTemplate(
            String name,
            List<String> aliases,
            List<String> axes,
            boolean bare,
            String role,
            String onlyIf,
            String unless,
            ModelTensor.Kind kind) {}

    /**
     * @param layers keys of the config that hold the number of layers; the first decides, the others repeat it
     * @param sizes of axes that are this stack's own
     */
    record StackTemplate(
            String name, List<String> layers, AxisSizes sizes, String prefix, List<TensorTemplate> tensors) {}

    static ArchitectureTable of(ModelConfig config) {
        List<ArchitectureTable> tables =
                FAMILIES.stream().map(ArchitectureTable::read).toList();
        return tables.stream()
                .filter(t -> t.modelTypes.contains(config.modelType()))
                .findFirst()
                .orElseThrow(() ->
                        new UserError(config.source() + " has the model_type '" + config.modelType() + "'; known are "
                                + tables.stream()
                                        .flatMap(t -> t.modelTypes.stream())
                                        .sorted()
                                        .collect(Collectors.joining(", "))));
    }

    private static ArchitectureTable read(String family) {
        try (InputStream in =
                ArchitectureTable.class.getResourceAsStream("/ffmerge/architecture/" + family + ".json")) {
            return new ObjectMapper().readValue(in, ArchitectureTable.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Architecture resolve(ModelConfig config) {
        List<ModelTensor> all = new ArrayList<>();
        List<Stack> resolved = new ArrayList<>();
        for (TensorTemplate template : tensors) {
            if (isPresent(template, config)) {
                all.add(tensor(template, sizes, "", null, -1, config));
            }
        }
        for (StackTemplate stack : stacks) {
            List<FeedForwardSublayer> feedForwards = new ArrayList<>();
            for (int layer = 0; layer < config.size(stack.layers.get(0), MOST_LAYERS); layer++) {
                feedForwards.add(layer(stack, layer, config, all));
            }
            resolved.add(new Stack(stack.name, List.copyOf(feedForwards), stack.layers));
        }
        return new Architecture(
                family,
                title,
                Architecture.Task.valueOf(task.toUpperCase(Locale.ROOT).replace('-', '_')),
                config,
                List.copyOf(resolved),
                List.copyOf(all));
    }

    private FeedForwardSublayer layer(StackTemplate stack, int layer, ModelConfig config, List<ModelTensor> all) {
        String prefix = stack.prefix.replace("{layer}", String.valueOf(layer));
        AxisSizes ownSizes = sizes.with(stack.sizes);
        List<FeedForwardTensor> feedForward = new ArrayList<>();
        for (TensorTemplate template : stack.tensors) {
            if (!isPresent(template, config)) {
                continue;
            }
            ModelTensor tensor = tensor(template, ownSizes, prefix, stack.name, layer, config);
            all.add(tensor);
            if (template.role != null) {
                feedForward.add(new FeedForwardTensor(template.role, tensor.name(), template.axes, tensor.shape()));
            }
        }
        int width = Math.toIntExact(ownSizes.of(FeedForwardTensor.HIDDEN, config));
        return new FeedForwardSublayer(stack.name, layer, width, List.copyOf(feedForward));
    }

    private boolean isPresent(TensorTemplate template, ModelConfig config) {
        return (template.unless == null || !isSet(template.unless, config))
                && (template.onlyIf == null || isSet(template.onlyIf, config));
    }

    private boolean isSet(String flag, ModelConfig config) {
        return config.flag(flag, flags == null || flags.getOrDefault(flag, true));
    }

    private ModelTensor tensor(
            TensorTemplate template,
            AxisSizes axisSizes,
            String layerPrefix,
            String stack,
            int layer,
            ModelConfig config) {
        List<String> spellings = new ArrayList<>();
        List<String> names = new ArrayList<>(List.of(template.name));
        if (template.aliases != null) {
            names.addAll(template.aliases);
        }
        for (String name : names) {
            for (String prefix : template.bare ? List.of("") : prefixes) {
                spellings.add(prefix + layerPrefix + name);
            }
        }
        List<Long> shape =
                template.axes.stream().map(axis -> axisSizes.of(axis, config)).toList();
        ModelTensor.Kind kind = template.kind == null ? ModelTensor.Kind.LEARNED : template.kind;
        return new ModelTensor(spellings.get(0), List.copyOf(spellings), shape, stack, layer, kind);
    }

    /** Whether a name in a file is one of those that old checkpoints carry without need. */
    boolean isIgnored(String name) {
        return prefixes.stream()
                .anyMatch(prefix -> ignored.stream()
                        .anyMatch(i ->
                                Pattern.matches(Pattern.quote(prefix + i).replace("{layer}", "\\E\\d+\\Q"), name)));
    }
}
