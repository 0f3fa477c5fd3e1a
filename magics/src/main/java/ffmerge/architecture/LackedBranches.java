package ffmerge.architecture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.UserError;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The residual branches that layers of a model lack. A config has them among what only this program knows:
 * {@code "lacks": {"decoder": {"feed-forward": [3, 4]}}}.
 *
 * @param layers by stack and branch
 */
record LackedBranches(Map<String, Map<Branch, SortedSet<Integer>>> layers) {
    private static final String KEY = "lacks";

    /** @throws UserError if the config says it in another way */
    static LackedBranches of(ModelConfig config) {
        Map<String, Map<Branch, SortedSet<Integer>>> layers = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> stack : config.own(KEY).properties()) {
            Map<Branch, SortedSet<Integer>> branches = new EnumMap<>(Branch.class);
            for (Branch branch : Branch.values()) {
                SortedSet<Integer> lacking = new TreeSet<>();
                for (JsonNode layer : stack.getValue().path(branch.label())) {
                    if (!layer.canConvertToInt() || layer.asInt() < 0) {
                        throw new UserError(config.source() + ": '" + KEY + "' should hold layers, is " + layer);
                    }
                    lacking.add(layer.asInt());
                }
                branches.put(branch, lacking);
            }
            layers.put(stack.getKey(), branches);
        }
        return new LackedBranches(layers);
    }

    private SortedSet<Integer> of(String stack, Branch branch) {
        return layers.getOrDefault(stack, Map.of()).getOrDefault(branch, new TreeSet<>());
    }

    boolean lacks(String stack, int layer, Branch branch) {
        return of(stack, branch).contains(layer);
    }

    /** Whether a layer lacks the tensor of this role. */
    boolean lacks(String stack, int layer, String role) {
        for (Branch branch : Branch.values()) {
            if (branch.has(role) && lacks(stack, layer, branch)) {
                return true;
            }
        }
        return false;
    }

    boolean isEmpty() {
        return layers.values().stream()
                .flatMap(branches -> branches.values().stream())
                .allMatch(SortedSet::isEmpty);
    }

    /** These and others. */
    LackedBranches with(String stack, Branch branch, List<Integer> more) {
        Map<Branch, SortedSet<Integer>> branches = new EnumMap<>(Branch.class);
        for (Branch each : Branch.values()) {
            branches.put(each, new TreeSet<>(of(stack, each)));
        }
        branches.get(branch).addAll(more);
        return replaced(stack, branches);
    }

    /** Those of a stack of which some layers are left, which are counted anew. */
    LackedBranches keeping(String stack, List<Integer> kept) {
        Map<Branch, SortedSet<Integer>> branches = new EnumMap<>(Branch.class);
        for (Branch each : Branch.values()) {
            SortedSet<Integer> lacking = new TreeSet<>();
            for (int place = 0; place < kept.size(); place++) {
                if (lacks(stack, kept.get(place), each)) {
                    lacking.add(place);
                }
            }
            branches.put(each, lacking);
        }
        return replaced(stack, branches);
    }

    private LackedBranches replaced(String stack, Map<Branch, SortedSet<Integer>> branches) {
        Map<String, Map<Branch, SortedSet<Integer>>> all = new LinkedHashMap<>(layers);
        all.put(stack, branches);
        return new LackedBranches(all);
    }

    /** A config that says so. */
    ModelConfig in(ModelConfig config) {
        ObjectNode stacks = config.json().objectNode();
        layers.forEach((stack, branches) -> branches.forEach((branch, lacking) -> {
            if (!lacking.isEmpty()) {
                lacking.forEach(stacks.withObjectProperty(stack).withArrayProperty(branch.label())::add);
            }
        }));
        return config.withOwn(KEY, stacks.isEmpty() ? null : stacks);
    }
}
