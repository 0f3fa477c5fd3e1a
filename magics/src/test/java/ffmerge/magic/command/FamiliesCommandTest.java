package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.result.FamiliesResult;
import ffmerge.view.ResultJson;
import ffmerge.view.Views;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class FamiliesCommandTest extends SessionTests {
    private FamiliesResult families() {
        return (FamiliesResult) host.run("models --families", session);
    }

    @Test
    void eachFamilySaysWhatWorksWithIt() {
        Map<String, FamiliesResult.Family> all = families().families().stream()
                .collect(Collectors.toMap(FamiliesResult.Family::name, Function.identity(), (one, other) -> one));
        FamiliesResult.Family llama = all.get("llama");
        assertEquals("language-modelling", llama.task());
        assertEquals(List.of("decoder"), llama.stacks());
        assertEquals("yes", llama.gated());
        assertTrue(llama.generates() && llama.asked());
        assertTrue(llama.formats().containsAll(List.of("tied", "expanded", "gguf")));
        assertTrue(llama.quantize().containsAll(List.of("int8", "int8-weight", "nf4")));
        assertNull(llama.file());
        assertEquals("no", all.get("gpt2").gated());
        assertTrue(all.get("gpt2").formats().containsAll(List.of("gguf", "onnx")));
        FamiliesResult.Family vit = all.get("vit");
        assertFalse(vit.generates() || vit.asked());
        assertTrue(vit.formats().contains("onnx") && !vit.formats().contains("gguf"));
        FamiliesResult.Family marian = all.get("marian");
        assertEquals(List.of("encoder", "decoder"), marian.stacks());
        assertTrue(marian.generates() && !marian.asked());
        for (FamiliesResult.Family family : all.values()) {
            assertTrue(family.merges().contains("feed-forward"), family.name());
            assertTrue(family.prunes().contains("hidden"), family.name());
        }
    }

    @Test
    void theyAreShownAsATableAndAsJson() {
        FamiliesResult result = families();
        assertEquals(
                result.families().size(),
                Views.BUILT_IN.table(result).orElseThrow().rowCount());
        JsonNode json = ResultJson.of("models", result);
        assertEquals(result.families().size(), json.path("families").size());
        assertTrue(json.path("families").get(0).path("modelTypes").isArray());
        assertTrue(Views.BUILT_IN.sentence(result).endsWith(" families of models can be loaded."));
    }
}
