package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelConfig;
import ffmerge.fixture.TinyGpt2;
import ffmerge.model.TransformerModel;
import ffmerge.result.Lineage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** The models of a session, which a cell changes while completion and help read them. */
class SessionTest extends SessionTests {
    private static final int CHANGES = 300;
    private static final int READERS = 3;

    private TransformerModel model() throws Exception {
        new TinyGpt2(1).writeTo(folder.resolve("tiny"));
        ModelConfig config = ModelConfig.read(folder.resolve("tiny/config.json"));
        return TransformerModel.random(Architecture.of(config), Device.cpu(), 1);
    }

    @Test
    void modelsComeAndGoWhileOthersRead() throws Exception {
        session.put("first", model(), new Lineage("first"));
        TransformerModel second = model();
        AtomicBoolean done = new AtomicBoolean();
        List<CompletableFuture<Long>> readers = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
            readers.add(CompletableFuture.supplyAsync(() -> {
                long read = 0;
                while (!done.get() || read == 0) {
                    Map<String, TransformerModel> models = session.models();
                    List<String> names = List.copyOf(models.keySet());
                    assertTrue(names.equals(List.of("first")) || names.get(0).equals("first"), names::toString);
                    names.forEach(name -> assertTrue(models.get(name) != null, name));
                    session.lineage("m7").toString();
                    assertThrows(ffmerge.UserError.class, () -> session.requireLoaded("nobody"));
                    read++;
                }
                return read;
            }));
        }
        try {
            for (int i = 0; i < CHANGES; i++) {
                session.put("m" + i % 20, second, new Lineage("m" + i % 20));
            }
        } finally {
            done.set(true);
        }
        for (CompletableFuture<Long> reader : readers) {
            assertTrue(reader.get() > 0);
        }
        assertEquals(21, session.models().size());
        assertEquals("first", session.models().keySet().iterator().next(), "in the order in which they came");
    }

    @Test
    void whatIsReadDoesNotChangeLater() throws Exception {
        session.put("a", model(), new Lineage("a"));
        Map<String, TransformerModel> before = session.models();
        session.put("b", model(), new Lineage("b"));
        assertEquals(List.of("a"), List.copyOf(before.keySet()));
        session.remove("a");
        assertEquals(List.of("b"), List.copyOf(session.models().keySet()));
        assertEquals("a", session.lineage("a").toString(), "of a model that is gone nothing but its name is known");
    }
}
