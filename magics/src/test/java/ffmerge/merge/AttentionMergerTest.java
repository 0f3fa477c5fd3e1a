package ffmerge.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ffmerge.architecture.AttentionSublayer;
import ffmerge.architecture.AttentionTensor;
import ffmerge.checkpoint.EditedCheckpoint.Content;
import ffmerge.fixture.Heads;
import ffmerge.model.TransformerModel;
import ffmerge.permutation.Permutation;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Heads in another order, and sublayers that were the same before, in every family. */
class AttentionMergerTest {
    static List<String> cases() {
        return Heads.CASES;
    }

    private static List<AttentionSublayer> sublayers(TransformerModel model, Heads heads) {
        return AttentionMerger.sublayers(model.architecture(), heads.group());
    }

    /** The model in which each sublayer of the group is the first one, its heads in an order of its own. */
    private static TransformerModel copies(
            TransformerModel model, Heads heads, boolean ofFirst, Map<AttentionSublayer, Permutation> orders) {
        WeightEdit edit = new WeightEdit(model.architecture());
        List<AttentionSublayer> all = sublayers(model, heads);
        for (AttentionSublayer sublayer : all) {
            List<AttentionTensor> from = tensors(ofFirst ? all.get(0) : sublayer);
            for (int i = 0; i < from.size(); i++) {
                float[] values = model.checkpoint().read(from.get(i).tensor().name());
                Permutation order = orders.get(sublayer);
                float[] moved = order == null || !from.get(i).hasHeads()
                        ? values
                        : AttentionMerger.reorder(values, from.get(i), sublayer.heads(), order);
                edit.put(tensors(sublayer).get(i).tensor().name(), new Content.Values(moved));
            }
        }
        return model.edited(edit.of(model.checkpoint()), model.architecture());
    }

    private static List<AttentionTensor> tensors(AttentionSublayer sublayer) {
        return Stream.concat(sublayer.maps().stream(), sublayer.norms().stream())
                .toList();
    }

    /** No head of any sublayer but the first stays. */
    private static Map<AttentionSublayer, Permutation> orders(TransformerModel model, Heads heads) {
        Map<AttentionSublayer, Permutation> orders = new HashMap<>();
        List<AttentionSublayer> all = sublayers(model, heads);
        for (AttentionSublayer sublayer : all.subList(1, all.size())) {
            int groups = sublayer.heads().groups();
            int[] order = new int[groups];
            Arrays.setAll(order, g -> (g + 1 + sublayer.layer() % Math.max(1, groups - 1)) % groups);
            orders.put(sublayer, new Permutation(order));
        }
        return orders;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theOrderOfHeadsMakesNoDifference(String name) {
        Heads heads = Heads.of(name);
        try (TransformerModel model = heads.load();
                TransformerModel shuffled = copies(model, heads, false, orders(model, heads))) {
            String last = sublayers(model, heads)
                    .get(heads.group().layers().size() - 1)
                    .maps()
                    .get(0)
                    .tensor()
                    .name();
            assertFalse(Arrays.equals(
                    model.checkpoint().read(last), shuffled.checkpoint().read(last)));
            assertArrayEquals(heads.scores(model), heads.scores(shuffled), 1e-4f);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void mergingTheSameSublayerInOtherOrdersIsTheIdentity(String name) {
        Heads heads = Heads.of(name);
        try (TransformerModel model = heads.load()) {
            Map<AttentionSublayer, Permutation> orders = orders(model, heads);
            try (TransformerModel copies = copies(model, heads, true, orders)) {
                Map<AttentionSublayer, Permutation> back = new HashMap<>();
                orders.forEach((sublayer, order) -> back.put(sublayer, order.inverse()));
                try (TransformerModel merged = copies.edited(
                        AttentionMerger.merge(
                                copies.checkpoint(),
                                copies.architecture(),
                                heads.plan(MergePlan.Alignment.PERMUTE),
                                back,
                                Average.MEAN,
                                new SplittableRandom(1)),
                        copies.architecture())) {
                    assertArrayEquals(heads.scores(copies), heads.scores(merged), 1e-4f);
                    AttentionSublayer first = sublayers(model, heads).get(0);
                    long others = heads.group().layers().size() - 1;
                    assertEquals(
                            copies.parameters().uniqueCount() - others * first.parameters(),
                            merged.parameters().uniqueCount());
                }
            }
        }
    }
}
