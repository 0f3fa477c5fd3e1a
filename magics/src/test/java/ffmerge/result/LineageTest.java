package ffmerge.result;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineageTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static Step merged(List<List<Integer>> groups) {
        return Step.smaller(
                        "merge",
                        "none",
                        groups.stream()
                                .map(layers -> new Step.Group("decoder", layers))
                                .toList())
                .with("anchor", "last");
    }

    @Test
    void isReadFromJsonAsItIsWritten() throws Exception {
        Lineage lineage = new Lineage("gpt2-novels")
                .then(merged(List.of(List.of(0, 1), List.of(4, 6, 8))))
                .then(Step.of("adapt").with("targets", List.of("q_proj", "v_proj")))
                .then(Step.tuned(20))
                .then(Step.tuned(30));
        Lineage read = JSON.readValue(JSON.writeValueAsString(lineage), Lineage.class);
        assertEquals(lineage, read);
        Step merge = read.steps().get(0);
        assertEquals("none 0-1 and 4,6,8 50", merge.method() + " " + merge.layers() + " " + read.tuningSteps());
        assertEquals("last", read.option("anchor").orElseThrow());
        assertEquals(
                "gpt2-novels > merge decoder layers 0-1, decoder layers 4,6,8 none anchor last"
                        + " > adapt targets [q_proj, v_proj] > tune steps 20 > tune steps 30",
                read.toString());
    }

    @Test
    void tuningAloneMakesNothingSmaller() {
        Lineage tuned = new Lineage("x").then(Step.tuned(3));
        assertFalse(tuned.isShrunk());
        Step dropped = Step.smaller("drop", "drop", List.of(new Step.Group("decoder", List.of(3, 4))));
        assertTrue(tuned.then(dropped).isShrunk());
    }

    @Test
    void whatIsGoneIsTheSumOfItsSteps() throws Exception {
        Lineage lineage = new Lineage("x")
                .then(merged(List.of(List.of(0, 1))).removing(new Removed(10, 40, 0, 1)))
                .then(Step.tuned(3))
                .then(Step.of("fold").removing(new Removed(-4, -16, 0, 0)));
        assertEquals(new Removed(6, 24, 0, 1), lineage.removed());
        assertTrue(lineage.isCounted());
        assertFalse(lineage.then(Step.of("adapt")).isCounted(), "adapters are parameters, too");
        assertEquals(lineage, JSON.readValue(JSON.writeValueAsString(lineage), Lineage.class));
    }

    @Test
    void aGroupInTwoStacksIsToldOnce() {
        Step both = Step.smaller(
                "merge",
                "permute",
                List.of(new Step.Group("encoder", List.of(1, 2)), new Step.Group("decoder", List.of(1, 2))));
        assertEquals("1-2", both.layers());
    }

    @Test
    void wordsOfOlderVersionsAreKeptAsTheyAre() throws Exception {
        String words = "gpt2-novels > merge [[3, 4]] permute first > tune 300 steps";
        Lineage old = Lineage.inWords(words);
        assertEquals("gpt2-novels", old.source());
        assertFalse(old.isKnown());
        assertFalse(old.isShrunk());
        Lineage longer = old.then(Step.tuned(5));
        assertEquals(words + " > tune steps 5", longer.toString());
        assertEquals(longer, JSON.readValue(JSON.writeValueAsString(longer), Lineage.class));
        assertTrue(Lineage.inWords("gpt2-novels").isKnown());
    }
}
