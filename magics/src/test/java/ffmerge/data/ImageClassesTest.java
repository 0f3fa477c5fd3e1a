package ffmerge.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.UserError;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which of a model's classes a class of the data is. */
class ImageClassesTest {
    private static List<String> thousand() {
        return new ArrayList<>(
                IntStream.range(0, 1000).mapToObj(i -> "class " + i).toList());
    }

    /** ImageNet's model has two classes of the name crane, which the data's metadata must tell apart. */
    @Test
    void twoClassesOfOneNameInALongListOfTheSameOrder() {
        List<String> model = thousand();
        model.set(134, "crane");
        model.set(517, "crane");
        List<String> data = thousand();
        data.set(134, "crane (bird)");
        data.set(517, "crane (machine)");
        int[] numbers = IntStream.range(0, 1000).toArray();
        assertArrayEquals(numbers, ImageClasses.match(data, model, "here"));
        assertArrayEquals(numbers, ImageClasses.match(model, model, "here"));
    }

    @Test
    void anotherOrderIsMatchedByName() {
        List<String> data = thousand();
        Collections.reverse(data);
        assertEquals(999, ImageClasses.match(data, thousand(), "here")[0]);
    }

    @Test
    void anotherNameInAShortListIsAnotherClass() {
        List<String> model = IntStream.range(0, 20).mapToObj(i -> "c" + i).toList();
        List<String> data = new ArrayList<>(model);
        data.set(7, "cow");
        String message = assertThrows(UserError.class, () -> ImageClasses.match(data, model, "here"))
                .getMessage();
        assertEquals("here has a class that the model doesn't know: cow", message.replaceFirst(";.*", ""));
    }

    @Test
    void namesAreTheSameUpToCaseSpacesAndDashes() {
        List<String> model = List.of("zebra", "red fox", "Ant-eater", "polar_bear");
        assertArrayEquals(
                new int[] {2, 3, 1, 0},
                ImageClasses.match(List.of("anteater", "Polar Bear", "RED_FOX", "Zebra"), model, "here"));
    }

    /** Folders in the order of the alphabet, labels in another: taken by their places, all would be wrong. */
    @Test
    void otherWordsAreNeverTakenByTheirPlaces() {
        String message = refusal(List.of("Ameise", "Zebra 2"), List.of("zebra", "ant"));
        assertEquals("here has 2 classes that the model doesn't know: Ameise, Zebra 2; it knows zebra, ant", message);
        assertEquals(
                "here has 2 classes that the model doesn't know: 0, 1; it knows LABEL_0, LABEL_1; its config.json can"
                        + " name them, as id2label",
                refusal(List.of("0", "1"), List.of("LABEL_0", "LABEL_1")));
    }

    @Test
    void twoThatAreOneAreRefused() {
        assertEquals(
                "here has the classes 'Ant' and 'ANT', which the model has as one: 'ant'",
                refusal(List.of("Ant", "ANT"), List.of("ant", "bee")));
    }

    @Test
    void aModelThatTellsByCaseIsHeard() {
        assertArrayEquals(
                new int[] {1, 0}, ImageClasses.match(List.of("Turkey", "turkey"), List.of("turkey", "Turkey"), "here"));
        assertTrue(refusal(List.of("TURKEY"), List.of("turkey", "Turkey")).contains("doesn't know: TURKEY"));
    }

    private static String refusal(List<String> data, List<String> model) {
        return assertThrows(UserError.class, () -> ImageClasses.match(data, model, "here"))
                .getMessage();
    }
}
