package ffmerge.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

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
}
