package ffmerge.architecture;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import ffmerge.Counted;
import ffmerge.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * A family's JSON table: names, shapes and roles as templates, to be filled in from a config.
 *
 * @param pass the forward pass that its models have
 * @param classes of transformers, one of which {@code architectures} of the config must name where the family's models have
 *     different heads; null where any will do
 * @param prefixes what may stand before every name; the first is what transformers writes
 * @param oldNames parts of names that old checkpoints have in the places of others; may be null
 * @param ignored names that old checkpoints carry and nothing needs, {@code {layer}} for a number
 * @param absent what keys that a config lacks stand for; may be null
 * @param flags what flags of the config are where the config lacks them; one that isn't named here is true; may be null
 * @param inputsFirst whether files hold the weights of the layers' linear maps as [in, out]
 * @param sizes how long each named axis is
 * @param settings what the forward pass asks for, by the pass's own words
 * @param implied entries with which configs of some kinds are read, whatever they say; may be null
 * @param unsupported flags with which a model would compute something else; may be null
 * @param refused configs that can't be, or of which a model would compute something else; may be null
 * @param words keys of which some words would have it compute something else; may be null
 */
record ArchitectureTable(
        String family,
        String title,
        List<String> modelTypes,
        String task,
        String pass,
        List<String> classes,
        List<String> prefixes,
        Map<String, String> oldNames,
        List<String> ignored,
        AbsentKeys absent,
        Map<String, Boolean> flags,
        boolean inputsFirst,
        AxisSizes sizes,
        Map<String, Setting> settings,
        List<Implied> implied,
        List<Unsupported> unsupported,
        List<Refused> refused,
        List<Words> words,
        List<TensorTemplate> tensors,
        List<StackTemplate> stacks) {
    private static final String QUERIES = "queries";
    /** Axes along which heads follow one another. */
    private static final Set<String> HEAD_AXES = Set.of(QUERIES, "keysValues", "queryKeyValue");

    /** Beyond this a config is damaged, and building its tables would exhaust the memory. */
    private static final int MOST_LAYERS = 10_000;

    /**
     * @param bare whether the name never has a prefix
     * @param role the tensor's part in the forward pass
     * @param onlyIf a {@link Condition} without which the tensor is left out
     * @param tiedTo the role of the tensor that this one is the same as, unless a file has another one for it
     * @param tiedIf a {@link Condition} without which the tensor is one of its own; null where it always is tied
     * @param yieldsTo the role of the tensor that is read in its place where the model has one
     * @param kind what the tensor is; learned where nothing is said
     * @param parts the tensors that it is in memory; null where it is one
     * @param groups the axis that says how many times the parts follow one another; null where each is in one piece
     * @param each the axis that says how many there are of it, {@code {each}} in its name and numbers behind its role; null
     *     where there is one
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
            String yieldsTo,
            ModelTensor.Kind kind,
            List<TensorTemplate> parts,
            String groups,
            String each) {
        ModelTensor.Kind kindAmong(Set<String> roles) {
            if (yieldsTo != null && roles.contains(yieldsTo)) {
                return ModelTensor.Kind.IDLE;
            }
            return kind == null ? ModelTensor.Kind.LEARNED : kind;
        }

        /** The tensors that it is in memory: {@code qkv_proj.query.weight} of {@code qkv_proj.weight}, or itself alone. */
        Stream<TensorTemplate> inMemory() {
            if (parts == null) {
                return Stream.of(this);
            }
            int ending = name.lastIndexOf('.') + 1;
            return parts.stream()
                    .map(part -> new TensorTemplate(
                            name.substring(0, ending) + part.name + "." + name.substring(ending),
                            part.axes,
                            bare,
                            part.role,
                            onlyIf,
                            null,
                            null,
                            null,
                            part.kind,
                            null,
                            null,
                            null));
        }

        /** One of several. */
        TensorTemplate numbered(long number) {
            String own = name.replace("{each}", String.valueOf(number));
            return new TensorTemplate(
                    own, axes, bare, role + "-" + number, onlyIf, tiedTo, tiedIf, yieldsTo, kind, parts, groups, null);
        }
    }

    /**
     * @param layers keys of the config that hold the number of layers; the first decides, the others repeat it
     * @param heads how heads of attention are told; null where they can't be left out
     * @param sizes of axes that are this stack's own
     */
    record StackTemplate(
            String name,
            List<String> layers,
            AttentionHeads.Keys heads,
            AxisSizes sizes,
            String prefix,
            List<TensorTemplate> tensors) {
        Stream<TensorTemplate> inMemory() {
            return tensors.stream().flatMap(TensorTemplate::inMemory);
        }
    }

    /**
     * @param value with which the flag isn't supported
     * @param says what then isn't
     */
    record Unsupported(String flag, boolean value, String says) {}

    /**
     * An entry of configs that need not say it so.
     *
     * @param onlyIf a {@link Condition}
     * @param value the entry's; a text that is another key stands for that one's
     */
    record Implied(String key, String onlyIf, JsonNode value) {}

    /**
     * @param onlyIf a {@link Condition}
     * @param says what is wrong with such a config
     */
    record Refused(String onlyIf, String says) {}

    /**
     * A key of which not every word is supported.
     *
     * @param supported those that are
     */
    record Words(String key, List<String> supported) {}

    static ArchitectureTable of(ModelConfig config) {
        List<ArchitectureTable> ofFamily = ofType(Families.ALL, config);
        if (ofFamily.isEmpty()) {
            ofFamily = ofType(OwnFamilies.find().tables(), config);
        }
        if (ofFamily.isEmpty()) {
            throw UnknownFamily.of(config);
        }
        return byHead(ofFamily, config);
    }

    private static List<ArchitectureTable> ofType(List<ArchitectureTable> tables, ModelConfig config) {
        return tables.stream()
                .filter(t -> t.modelTypes.contains(config.modelType()))
                .toList();
    }

    private static ArchitectureTable byHead(List<ArchitectureTable> ofFamily, ModelConfig config) {
        return ofFamily.stream()
                .filter(t ->
                        t.classes == null || config.architectures().stream().anyMatch(t.classes::contains))
                .findFirst()
                .orElseThrow(() -> new UserError(config.source() + ": 'architectures' says which head a "
                        + ofFamily.get(0).title + " has; it "
                        + (config.architectures().isEmpty()
                                ? "is missing"
                                : "names " + String.join(", ", config.architectures()))
                        + ", known are "
                        + ofFamily.stream().flatMap(t -> t.classes.stream()).collect(Collectors.joining(", "))));
    }

    /** Keys of the config that the table looks at. */
    Set<String> keys() {
        Set<String> keys = new TreeSet<>(flags == null ? Set.of() : flags.keySet());
        sizes.expressions().keySet().forEach(axis -> sizes.keys(axis).forEach(keys::add));
        settings.values().forEach(setting -> keys.addAll(setting.keys()));
        for (StackTemplate stack : stacks) {
            keys.addAll(stack.layers);
        }
        return keys;
    }

    /** A config as the family's class in transformers understands it: with what keys stand for that it lacks or overrules. */
    ModelConfig whole(ModelConfig config) {
        return implied(absent == null ? config : absent.in(config));
    }

    /** @param own names of tied tensors that are tensors of their own, whatever the config says */
    Architecture resolve(ModelConfig config, Set<String> own) {
        List<ModelTensor> all = new ArrayList<>();
        List<Architecture.Tie> ties = new ArrayList<>();
        Set<String> roles = tensors.stream()
                .filter(t -> t.tiedTo == null
                        || !isTied(t, config)
                        || own.contains(spellings(t, "").get(0)))
                .map(TensorTemplate::role)
                .collect(Collectors.toSet());
        for (TensorTemplate template : tensors) {
            ModelTensor tensor = tensor(template, sizes, "", null, -1, roles, config);
            if (!roles.contains(template.role)) {
                ties.add(new Architecture.Tie(tensor, template.tiedTo));
            } else if (isPresent(template, config)) {
                all.add(tensor);
            }
        }
        LackedBranches lacked = LackedBranches.of(config);
        List<FusedTensor> fused = new ArrayList<>();
        List<Stack> resolved = new ArrayList<>();
        for (StackTemplate stack : stacks) {
            List<FeedForwardSublayer> feedForwards = new ArrayList<>();
            int layers = config.size(stack.layers.get(0), MOST_LAYERS);
            for (int layer = 0; layer < layers; layer++) {
                FeedForwardSublayer feedForward = layer(stack, layer, config, lacked, all, fused);
                if (!lacked.lacks(stack.name, layer, Branch.FEED_FORWARD)) {
                    feedForwards.add(feedForward);
                }
            }
            if (feedForwards.isEmpty()) {
                throw new UserError(config.source() + ": the " + stack.name + " has no FF sublayer");
            }
            resolved.add(new Stack(stack.name, layers, List.copyOf(feedForwards), stack.layers));
        }
        return new Architecture(
                family,
                title,
                Architecture.Task.valueOf(task.toUpperCase(Locale.ROOT).replace('-', '_')),
                pass,
                config,
                new Settings(config, settings(config)),
                List.copyOf(resolved),
                List.copyOf(all),
                List.copyOf(ties),
                List.copyOf(fused));
    }

    private ModelConfig implied(ModelConfig given) {
        ModelConfig config = given;
        for (Implied each : implied == null ? List.<Implied>of() : implied) {
            if (Condition.holds(each.onlyIf, flags, config)) {
                boolean named = each.value.isTextual() && config.has(each.value.asText());
                config = config.with(each.key, named ? config.json().get(each.value.asText()) : each.value);
            }
        }
        return config;
    }

    private Map<String, Setting> settings(ModelConfig config) {
        return settings.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, e -> e.getValue().decided(c -> Condition.holds(c, flags, config))));
    }

    private FeedForwardSublayer layer(
            StackTemplate stack,
            int layer,
            ModelConfig config,
            LackedBranches lacked,
            List<ModelTensor> all,
            List<FusedTensor> fused) {
        String prefix = stack.prefix.replace("{layer}", String.valueOf(layer));
        AxisSizes ownSizes = sizes.with(stack.sizes);
        List<FeedForwardTensor> feedForward = new ArrayList<>();
        for (TensorTemplate template : stack.tensors) {
            List<ModelTensor> inMemory = new ArrayList<>();
            for (TensorTemplate each : all(template, ownSizes, config)
                    .flatMap(TensorTemplate::inMemory)
                    .toList()) {
                if (!isPresent(each, config) || lacked.lacks(stack.name, layer, each.role)) {
                    continue;
                }
                ModelTensor tensor = tensor(each, ownSizes, prefix, stack.name, layer, Set.of(), config);
                inMemory.add(tensor);
                if (FeedForwardTensor.ROLES.contains(each.role)) {
                    feedForward.add(new FeedForwardTensor(each.role, tensor.name(), each.axes, tensor.shape()));
                }
            }
            all.addAll(inMemory);
            if (template.parts != null && !inMemory.isEmpty()) {
                fused.add(fused(template, ownSizes, prefix, inMemory, config));
            }
        }
        int width = Math.toIntExact(ownSizes.of(FeedForwardTensor.HIDDEN, config));
        return new FeedForwardSublayer(stack.name, layer, width, List.copyOf(feedForward));
    }

    private static Stream<TensorTemplate> all(TensorTemplate template, AxisSizes axisSizes, ModelConfig config) {
        return template.each == null
                ? Stream.of(template)
                : LongStream.range(0, axisSizes.of(template.each, config)).mapToObj(template::numbered);
    }

    private FusedTensor fused(
            TensorTemplate template,
            AxisSizes axisSizes,
            String layerPrefix,
            List<ModelTensor> parts,
            ModelConfig config) {
        List<String> spellings = spellings(template, layerPrefix);
        int groups = template.groups == null ? 1 : Math.toIntExact(axisSizes.of(template.groups, config));
        for (ModelTensor part : parts) {
            if (part.outputs() % groups != 0) {
                throw new UserError(config.source() + ": the " + part.role() + " part of '" + spellings.get(0) + "', "
                        + part.outputs() + " wide, can't be split into " + Counted.of(groups, "groups"));
            }
        }
        return new FusedTensor(spellings.get(0), spellings, parts, groups);
    }

    /** A config with another width of the FF sublayers of a stack; under the key of all stacks where they are as wide. */
    ModelConfig withFeedForwardWidth(String stack, int width, ModelConfig config) {
        ModelConfig changed = config.with(sizes.with(stack(stack).sizes).key(FeedForwardTensor.HIDDEN), width);
        List<AxisSizes> each = stacks.stream().map(s -> sizes.with(s.sizes)).toList();
        boolean same = each.stream().allMatch(own -> own.of(FeedForwardTensor.HIDDEN, changed) == width);
        if (!hasOneFeedForwardWidth() || !same) {
            return changed;
        }
        return changed.with(each.get(0).lastKey(FeedForwardTensor.HIDDEN), width)
                .without(each.stream()
                        .map(own -> own.key(FeedForwardTensor.HIDDEN))
                        .toList());
    }

    /** Whether one key of transformers' config holds the width of the FF sublayers of several stacks. */
    boolean hasOneFeedForwardWidth() {
        return stacks.size() > 1
                && stacks.stream()
                                .map(s -> sizes.with(s.sizes).lastKey(FeedForwardTensor.HIDDEN))
                                .distinct()
                                .count()
                        == 1;
    }

    private StackTemplate stack(String name) {
        return stacks.stream().filter(s -> s.name.equals(name)).findFirst().orElseThrow();
    }

    /** @throws UserError if the table doesn't say how heads are told */
    AttentionHeads heads(String stack, ModelConfig config) {
        AttentionHeads.Keys keys = stack(stack).heads;
        if (keys == null) {
            throw new UserError(
                    "heads of " + title + " can't be told apart: its table doesn't say how they are grouped");
        }
        if (stack(stack).tensors.stream().anyMatch(t -> t.each != null && isPresent(t, config))) {
            throw new UserError(
                    "heads of this " + title + " have tensors of their own: they can't be left out or grouped");
        }
        int queries = config.size(keys.queries());
        int groups =
                keys.keysValues() != null && config.has(keys.keysValues()) ? config.size(keys.keysValues()) : queries;
        if (queries % groups != 0) {
            throw new UserError(config.source() + ": " + Counted.of(queries, "heads")
                    + " can't share the keys and values of " + groups);
        }
        long width = queriesWidth(stack, config) / queries;
        return new AttentionHeads(queries, groups, Math.toIntExact(width));
    }

    /** Dimensions of all heads of queries of a stack. */
    long queriesWidth(String stack, ModelConfig config) {
        return sizes.with(stack(stack).sizes).of(QUERIES, config);
    }

    /** @throws UserError if no layer's heads of a stack can go or stand in another order */
    void requireFreeHeads(String stack, ModelConfig config) {
        AttentionHeads.Keys keys = stack(stack).heads;
        if (keys != null && keys.fixed() != null && (keys.fixedIf() == null || isSet(keys.fixedIf(), config))) {
            throw new UserError("heads of " + title + " can't be left out or put in another order, as " + keys.fixed());
        }
    }

    /** A config with fewer groups of heads in a stack. */
    ModelConfig withHeadGroups(String stack, int groups, ModelConfig config) {
        requireFreeHeads(stack, config);
        AttentionHeads heads = heads(stack, config);
        AttentionHeads.Keys keys = stack(stack).heads;
        int queries = heads.queries() / heads.groups() * groups;
        ModelConfig changed = config.with(keys.width(), heads.width()).with(keys.queries(), queries);
        if (keys.keysValues() != null) {
            changed = changed.with(keys.keysValues(), groups);
        }
        boolean refused = keys.divide() && sizes.of(FeedForwardTensor.MODEL, config) % queries != 0;
        return refused ? changed.withOwn("heads", BooleanNode.TRUE) : changed;
    }

    /** The tensors that heads have a part of, of one layer's attention sublayers. */
    List<AttentionTensor> attention(String stack, int layer, List<ModelTensor> tensors) {
        Map<String, List<String>> axes = stack(stack)
                .inMemory()
                .collect(Collectors.toMap(TensorTemplate::role, TensorTemplate::axes, (a, b) -> a));
        List<AttentionTensor> attention = new ArrayList<>();
        for (ModelTensor tensor : tensors) {
            // what stands beside the family's tensors has no axes here
            if (stack.equals(tensor.stack()) && tensor.layer() == layer && axes.containsKey(tensor.role())) {
                axes.get(tensor.role()).stream()
                        .filter(HEAD_AXES::contains)
                        .forEach(axis -> attention.add(new AttentionTensor(
                                tensor, axes.get(tensor.role()).indexOf(axis))));
            }
        }
        return attention;
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

    private boolean isSet(String condition, ModelConfig config) {
        return Condition.holds(condition, flags, config);
    }

    /** @throws UserError if a flag asks for what the forward pass doesn't do */
    void requireSupported(ModelConfig config) {
        for (Unsupported each : unsupported == null ? List.<Unsupported>of() : unsupported) {
            if (config.flag(each.flag, !each.value) == each.value) {
                throw new UserError(config.source() + ": " + each.says);
            }
        }
        for (Refused each : refused == null ? List.<Refused>of() : refused) {
            if (Condition.holds(each.onlyIf, flags, config)) {
                throw new UserError(config.source() + ": " + each.says);
            }
        }
        for (Words each : words == null ? List.<Words>of() : words) {
            if (config.has(each.key) && !each.supported.contains(config.text(each.key, ""))) {
                throw new UserError(config.source() + ": '" + each.key + "' "
                        + config.value(each.key) + " is not supported; supported is "
                        + String.join(" or ", each.supported));
            }
        }
    }

    /** @param roles of those outside of layers that the model has */
    private ModelTensor tensor(
            TensorTemplate template,
            AxisSizes axisSizes,
            String layerPrefix,
            String stack,
            int layer,
            Set<String> roles,
            ModelConfig config) {
        List<String> spellings = spellings(template, layerPrefix);
        List<Long> shape =
                template.axes.stream().map(axis -> axisSizes.of(axis, config)).toList();
        boolean turned = inputsFirst && layer >= 0 && shape.size() == 2;
        return new ModelTensor(
                spellings.get(0), spellings, shape, stack, layer, template.role, turned, template.kindAmong(roles));
    }

    /** All names that a tensor may have in a file, the one that transformers writes first. */
    private List<String> spellings(TensorTemplate template, String layerPrefix) {
        return (template.bare ? List.of("") : prefixes)
                .stream()
                        .map(prefix -> prefix + layerPrefix + template.name)
                        .flatMap(this::withOld)
                        .toList();
    }

    /** A name, and those that old checkpoints have in its place. */
    private Stream<String> withOld(String name) {
        return Stream.concat(
                Stream.of(name),
                (oldNames == null ? Map.<String, String>of() : oldNames)
                        .entrySet().stream()
                                .filter(old -> name.contains(old.getValue()))
                                .map(old -> name.replace(old.getValue(), old.getKey())));
    }

    /** Whether a name in a file is one of those that old checkpoints carry without need. */
    boolean isIgnored(String name) {
        return prefixes.stream()
                .anyMatch(prefix -> ignored.stream()
                        .anyMatch(i ->
                                Pattern.matches(Pattern.quote(prefix + i).replace("{layer}", "\\E\\d+\\Q"), name)));
    }
}
