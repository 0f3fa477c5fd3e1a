package ffmerge.architecture;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import ffmerge.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A family's JSON table: names, shapes and roles as templates, to be filled in from a config.
 *
 * @param pass the forward pass that its models have
 * @param prefixes what may stand before every name; the first is what transformers writes
 * @param ignored names that old checkpoints carry and nothing needs, {@code {layer}} for a number
 * @param flags what flags of the config are where the config lacks them; one that isn't named here is true; may be null
 * @param inputsFirst whether files hold the weights of the layers' linear maps as [in, out]
 * @param sizes how long each named axis is
 * @param settings what the forward pass asks for, by the pass's own words
 * @param unsupported flags with which a model would compute something else; may be null
 */
record ArchitectureTable(
        String family,
        String title,
        List<String> modelTypes,
        String task,
        String pass,
        List<String> prefixes,
        List<String> ignored,
        Map<String, Boolean> flags,
        boolean inputsFirst,
        AxisSizes sizes,
        Map<String, Setting> settings,
        List<Unsupported> unsupported,
        List<TensorTemplate> tensors,
        List<StackTemplate> stacks) {
    /** Beyond this a config is damaged, and building its tables would exhaust the memory. */
    private static final int MOST_LAYERS = 10_000;

    /**
     * @param bare whether the name never has a prefix
     * @param role the tensor's part in the forward pass
     * @param onlyIf a flag of the config without which the tensor is left out
     * @param tiedTo the role of the tensor that this one is the same as, unless a file has another one for it
     * @param tiedIf a flag of the config without which the tensor is one of its own; null where it always is tied
     * @param kind what the tensor is; learned where nothing is said
     */
    @JsonIgnoreProperties(ignoreUnknown = false)
    record TensorTemplate(
            String name,
            List<String> axes,
            boolean bare,
            String role,
            String onlyIf,
            String tiedTo,
            String tiedIf,
            ModelTensor.Kind kind) {}

    /**
     * @param layers keys of the config that hold the number of layers; the first decides, the others repeat it
     * @param sizes of axes that are this stack's own
     */
    record StackTemplate(
            String name, List<String> layers, AxisSizes sizes, String prefix, List<TensorTemplate> tensors) {}

    /**
     * @param value with which the flag isn't supported
     * @param says what then isn't
     */
    record Unsupported(String flag, boolean value, String says) {}

    static ArchitectureTable of(ModelConfig config) {
        return Families.ALL.stream()
                .filter(t -> t.modelTypes.contains(config.modelType()))
                .findFirst()
                .orElseThrow(() ->
                        new UserError(config.source() + " has the model_type '" + config.modelType() + "'; known are "
                                + Families.ALL.stream()
                                        .flatMap(t -> t.modelTypes.stream())
                                        .sorted()
                                        .collect(Collectors.joining(", "))));
    }

    /** @param own names of tied tensors that are tensors of their own, whatever the config says */
    Architecture resolve(ModelConfig config, Set<String> own) {
        List<ModelTensor> all = new ArrayList<>();
        List<Architecture.Tie> ties = new ArrayList<>();
        for (TensorTemplate template : tensors) {
            ModelTensor tensor = tensor(template, sizes, "", null, -1, config);
            if (template.tiedTo != null && isTied(template, config) && !own.contains(tensor.name())) {
                ties.add(new Architecture.Tie(tensor, template.tiedTo));
            } else if (isPresent(template, config)) {
                all.add(tensor);
            }
        }
        List<Stack> resolved = new ArrayList<>();
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
                pass,
                config,
                new Settings(config, settings),
                List.copyOf(resolved),
                List.copyOf(all),
                List.copyOf(ties));
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
            if (FeedForwardTensor.ROLES.contains(template.role)) {
                feedForward.add(new FeedForwardTensor(template.role, tensor.name(), template.axes, tensor.shape()));
            }
        }
        int width = Math.toIntExact(ownSizes.of(FeedForwardTensor.HIDDEN, config));
        return new FeedForwardSublayer(stack.name, layer, width, List.copyOf(feedForward));
    }

    private boolean isPresent(TensorTemplate template, ModelConfig config) {
        return template.onlyIf == null || isSet(template.onlyIf, config);
    }

    private boolean isTied(TensorTemplate template, ModelConfig config) {
        return template.tiedIf == null || isSet(template.tiedIf, config);
    }

    /** The config of a model whose ties are none: with the flag that says so, where it speaks of one tie alone. */
    ModelConfig untied(ModelConfig config) {
        List<TensorTemplate> tied =
                tensors.stream().filter(t -> t.tiedTo != null).toList();
        return tied.size() == 1 && tied.get(0).tiedIf != null ? config.with(tied.get(0).tiedIf, false) : config;
    }

    private boolean isSet(String flag, ModelConfig config) {
        return config.flag(flag, flags == null || flags.getOrDefault(flag, true));
    }

    /** @throws UserError if a flag asks for what the forward pass doesn't do */
    void requireSupported(ModelConfig config) {
        for (Unsupported each : unsupported == null ? List.<Unsupported>of() : unsupported) {
            if (config.flag(each.flag, !each.value) == each.value) {
                throw new UserError(config.source() + ": " + each.says);
            }
        }
    }

    private ModelTensor tensor(
            TensorTemplate template,
            AxisSizes axisSizes,
            String layerPrefix,
            String stack,
            int layer,
            ModelConfig config) {
        List<String> spellings = (template.bare ? List.of("") : prefixes)
                .stream().map(prefix -> prefix + layerPrefix + template.name).toList();
        List<Long> shape =
                template.axes.stream().map(axis -> axisSizes.of(axis, config)).toList();
        ModelTensor.Kind kind = template.kind == null ? ModelTensor.Kind.LEARNED : template.kind;
        boolean turned = inputsFirst && layer >= 0 && shape.size() == 2;
        return new ModelTensor(spellings.get(0), spellings, shape, stack, layer, template.role, turned, kind);
    }

    /** Whether a name in a file is one of those that old checkpoints carry without need. */
    boolean isIgnored(String name) {
        return prefixes.stream()
                .anyMatch(prefix -> ignored.stream()
                        .anyMatch(i ->
                                Pattern.matches(Pattern.quote(prefix + i).replace("{layer}", "\\E\\d+\\Q"), name)));
    }
}
