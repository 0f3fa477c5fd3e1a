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
        assertEquals("none 0-1 and 4,6,8 50", read.method() + " " + read.layers() + " " + read.tuningSteps());
        assertEquals("last", read.option("anchor").orElseThrow());
        assertEquals(
                "gpt2-novels > merge decoder layers 0-1, decoder layers 4,6,8 none anchor last"
                        + " > adapt targets [q_proj, v_proj] > tune steps 20 > tune steps 30",
                read.toString());
    }

    @Test
    void tuningAloneMakesNothingSmaller() {
        Lineage tuned = new Lineage("x").then(Step.tuned(3));
        assertFalse(tuned.isSmaller());
        assertEquals("", tuned.method());
        Step dropped = Step.smaller("drop", "drop", List.of(new Step.Group("decoder", List.of(3, 4))));
        assertEquals(
                "drop 3-4",
                tuned.then(dropped).method() + " " + tuned.then(dropped).layers());
    }

    @Test
    void aGroupInTwoStacksIsToldOnce() {
        Step both = Step.smaller(
                "merge",
                "permute",
                List.of(new Step.Group("encoder", List.of(1, 2)), new Step.Group("decoder", List.of(1, 2))));
        assertEquals("1-2", new Lineage("mt").then(both).layers());
    }

    @Test
    void wordsOfOlderVersionsAreKeptAsTheyAre() throws Exception {
        String words = "gpt2-novels > merge [[3, 4]] permute first > tune 300 steps";
        Lineage old = Lineage.inWords(words);
        assertEquals("gpt2-novels", old.source());
        assertFalse(old.isKnown());
        assertFalse(old.isSmaller());
        Lineage longer = old.then(Step.tuned(5));
        assertEquals(words + " > tune steps 5", longer.toString());
        assertEquals(longer, JSON.readValue(JSON.writeValueAsString(longer), Lineage.class));
        assertTrue(Lineage.inWords("gpt2-novels").isKnown());
    }
}
