package ffmerge.similarity;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.fixture.ChooseCases;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CompleteLinkTest {
    @Test
    void theGroupsAreScipys() {
        for (JsonNode cluster : ChooseCases.expected().get("clusters")) {
            List<List<Integer>> expected = new ArrayList<>();
            for (JsonNode group : cluster.get("groups")) {
                List<Integer> layers = new ArrayList<>();
                group.forEach(layer -> layers.add(layer.asInt()));
                expected.add(layers);
            }
            double[][] similarity = ChooseCases.matrix(cluster.get("similarity"));
            assertEquals(
                    expected,
                    CompleteLink.groups(similarity, cluster.get("joins").asInt()));
        }
    }

    @Test
    void whatMustNotBeTogetherStaysApart() {
        double no = Double.NaN;
        double[][] similarity = {{1, no, 0.2}, {no, 1, 0.9}, {0.2, 0.9, 1}};
        assertEquals(List.of(List.of(0), List.of(1, 2)), CompleteLink.groups(similarity, 2));
        assertEquals(List.of(List.of(0), List.of(1), List.of(2)), CompleteLink.groups(similarity, 0));
    }
}
