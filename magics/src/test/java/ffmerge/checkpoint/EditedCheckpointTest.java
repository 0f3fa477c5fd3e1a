package ffmerge.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.UserError;
import ffmerge.checkpoint.EditedCheckpoint.Content;
import ffmerge.fixture.MemoryCheckpoint;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EditedCheckpointTest {
    /** Four tensors, of which {@code b1} and {@code b2} are one. */
    private final MemoryCheckpoint original = new MemoryCheckpoint()
            .tensor("a", new long[] {2}, 1, 2)
            .tensor("b1", new long[] {1}, 3)
            .tie("b2", "b1")
            .tensor("c", new long[] {1, 2}, 4, 5);

    private final Map<String, Content> contents = new LinkedHashMap<>();

    private EditedCheckpoint edit(TensorSpec... specs) {
        Map<String, TensorSpec> byName = new LinkedHashMap<>();
        for (TensorSpec spec : specs) {
            byName.put(spec.name(), spec);
        }
        return new EditedCheckpoint(original, contents, byName);
    }

    private void keep(String... names) {
        for (String name : names) {
            contents.put(name, new Content.Original(name));
        }
    }

    @Test
    void anEditOfNothingIsTheOriginal() {
        keep("a", "b1", "b2", "c");
        EditedCheckpoint edited = edit();
        assertEquals(original.tensors(), edited.tensors());
        assertEquals(original.ties(), edited.ties());
        assertEquals("memory", edited.source());
        assertEquals(0, edited.newElements());
        assertArrayEquals(new float[] {3}, edited.read("b2"));
    }

    @Test
    void whereTheKeptNameGoesItsFirstAliasKeepsTheTensor() {
        keep("b2");
        contents.put("b3", new Content.Original("b2"));
        contents.put("b4", new Content.Original("b1"));
        EditedCheckpoint edited = edit();
        assertEquals(Map.of("b2", new TensorSpec("b2", DType.F32, List.of(1L))), edited.tensors());
        assertEquals(Map.of("b3", "b2", "b4", "b2"), edited.ties().keptByAlias());
        assertArrayEquals(new float[] {3}, edited.read("b4"));
    }

    @Test
    void aTiedNameThatGetsNewValuesLeavesTheOthersAsTheyAre() {
        keep("a", "b1", "b2");
        contents.put("b1", new Content.Values(new float[] {7}));
        EditedCheckpoint edited = edit(new TensorSpec("b1", DType.F32, List.of(1L)));
        assertTrue(edited.ties().isEmpty());
        assertArrayEquals(new float[] {7}, edited.read("b1"));
        assertArrayEquals(new float[] {3}, edited.read("b2"));
    }

    @Test
    void namesWithTheSameNewValuesAreTiedAndEqualOnesAreNot() {
        Content shared = new Content.Values(new float[] {7});
        contents.put("x", shared);
        contents.put("y", new Content.Values(new float[] {7}));
        contents.put("z", shared);
        EditedCheckpoint edited =
                edit(new TensorSpec("x", DType.F32, List.of(1L)), new TensorSpec("y", DType.F32, List.of(1L)));
        assertEquals(Map.of("z", "x"), edited.ties().keptByAlias());
        assertEquals(2, edited.newElements());
        assertArrayEquals(new float[] {7}, edited.read("z"));
    }

    @Test
    void tensorsMoveToOtherNames() {
        contents.put("a", new Content.Original("c"));
        contents.put("c", new Content.Original("a"));
        EditedCheckpoint edited = edit();
        assertEquals(
                new TensorSpec("a", DType.F32, List.of(1L, 2L)),
                edited.tensors().get("a"));
        assertArrayEquals(new float[] {4, 5}, edited.read("a"));
        assertArrayEquals(new float[] {1, 2}, edited.read("c"));
    }

    @Test
    void anEditCanBeEditedAgain() {
        Content shared = new Content.Values(new float[] {7});
        keep("a");
        contents.put("x", shared);
        contents.put("y", shared);
        EditedCheckpoint once = edit(new TensorSpec("x", DType.F32, List.of(1L)));
        Map<String, Content> again = new LinkedHashMap<>();
        again.put("y", new Content.Original("y"));
        again.put("z", new Content.Original("x"));
        EditedCheckpoint twice = new EditedCheckpoint(once, again, Map.of());
        assertEquals(Map.of("z", "y"), twice.ties().keptByAlias());
        assertArrayEquals(new float[] {7}, twice.read("y"));
    }

    @Test
    void aPartIsReadFromNewAndOldValuesAlike() {
        keep("a");
        contents.put("x", new Content.Values(new float[] {7, 8, 9}));
        EditedCheckpoint edited = edit(new TensorSpec("x", DType.F32, List.of(3L)));
        FloatBuffer into = FloatBuffer.allocate(3);
        edited.read("x", 1, into.limit(2));
        edited.read("a", 1, into.limit(3));
        assertArrayEquals(new float[] {8, 9, 2}, into.array());
    }

    @Test
    void namesThatAreNotThereAreNamed() {
        keep("d");
        assertEquals(
                "memory has no tensor 'd'",
                assertThrows(UserError.class, this::edit).getMessage());
        contents.clear();
        keep("a");
        EditedCheckpoint edited = edit();
        assertEquals(
                "memory has no tensor 'c'",
                assertThrows(UserError.class, () -> edited.read("c", 0, FloatBuffer.allocate(1)))
                        .getMessage());
    }
}
