package ffmerge.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Samples;
import ffmerge.evaluate.Bleu;
import ffmerge.evaluate.Perplexity;
import ffmerge.result.EvalResult;
import ffmerge.result.Result;
import ffmerge.result.TuneResult;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The JSON that other programs read: the names are those of the design's table. */
class ResultJsonTest {
    private static void assertFields(String expected, String command, Result result) {
        List<String> names = new ArrayList<>();
        ResultJson.of(command, result).fieldNames().forEachRemaining(names::add);
        assertEquals(expected, String.join(" ", names));
    }

    @Test
    void theCommandComesFirstThenTheRecord() {
        assertFields("command model", "info", Samples.info());
        assertFields(
                "command model metric value data split examples seconds tokensPerSecond details interval",
                "eval",
                Samples.eval());
        assertFields("command data split examples wrong rows", "mistakes", Samples.mistakes());
        assertFields("command model site tokens stacks data split tokensByStack context", "cka", Samples.cka());
        assertFields(
                "command model stack layers identityCorrelation matchedCorrelation permutation protocol"
                        + " data split tokens context histogram",
                "align",
                Samples.align());
        assertFields(
                "command model result method layers groups anchor align matchedCorrelation parametersBefore"
                        + " parametersAfter protocol way bytesBefore bytesAfter sharing summary changes features",
                "merge",
                Samples.merge());
        assertFields(
                "command model length metric higherIsBetter baseline data split rows best protocol methods"
                        + " examples",
                "sweep",
                Samples.sweep());
        assertFields(
                "command model result steps loss metric before after validation bestStep seconds stepsPerSecond"
                        + " data examples",
                "tune",
                Samples.tune());
        assertFields("command data split higherIsBetter rows axis", "compare", Samples.compare());
        assertFields("command source rows", "scoreboard", Samples.scoreboard());
    }

    @Test
    void valuesKeepTheirTypes() {
        JsonNode json = ResultJson.of("merge", Samples.merge());
        assertEquals("[3,4,5,6,7,8]", json.at("/layers/decoder").toString());
        assertEquals(2278016, json.get("parametersAfter").asInt());
        double matched = Samples.merge().matchedCorrelation().get("decoder").get("4");
        assertEquals(matched, json.at("/matchedCorrelation/decoder/4").doubleValue());
    }

    @Test
    void whatIsNoNumberIsNullAndInfinitiesAreWords() throws Exception {
        EvalResult broken = new EvalResult(
                "bad",
                Perplexity.MEASURE,
                Double.POSITIVE_INFINITY,
                "novels",
                "test",
                3,
                1,
                Double.NaN,
                Map.of(),
                null,
                null,
                null,
                List.of(),
                null);
        JsonNode read =
                new ObjectMapper().readTree(ResultJson.of("eval", broken).toString());
        assertEquals("Infinity", read.get("value").textValue());
        assertTrue(read.get("tokensPerSecond").isNull());
        assertEquals(1.0, read.get("seconds").doubleValue());

        TuneResult outcome = new TuneResult(
                "a",
                "b",
                1,
                List.of(Double.NaN),
                Bleu.MEASURE,
                1,
                1,
                List.of(new TuneResult.Checked(0, -1 / 0.0)),
                0,
                1,
                1,
                0,
                null,
                "tatoeba",
                null,
                50,
                96,
                null);
        assertEquals("[null]", ResultJson.of("tune", outcome).get("loss").toString());
        assertEquals(
                "[{\"step\":0,\"value\":\"-Infinity\"}]",
                ResultJson.of("tune", outcome).get("validation").toString());
    }

    /** Whatever number of a result isn't there, at whatever depth. */
    @Test
    void noResultHasTheWordNaN() throws Exception {
        int checked = 0;
        for (Result result : Samples.all()) {
            Result without = (Result) withoutNumbers(result);
            String json = ResultJson.of("x", without).toString();
            assertFalse(json.contains("NaN"), json);
            checked += json.contains("null") ? 1 : 0;
        }
        assertTrue(checked > 12, "only " + checked + " samples hold numbers");
        assertTrue(ResultJson.of("scoreboard", Samples.scoreboard())
                .at("/rows/2/change")
                .isNull());
    }

    /** The same with NaN in the place of every number with a fraction. */
    private static Object withoutNumbers(Object value) throws Exception {
        if (value instanceof Double) {
            return Double.NaN;
        }
        if (value instanceof double[][] matrix) {
            return new double[][] {{Double.NaN, matrix[0][0]}, {Double.NaN, Double.NaN}};
        }
        if (value instanceof List<?> list) {
            List<Object> changed = new ArrayList<>();
            for (Object item : list) {
                changed.add(withoutNumbers(item));
            }
            return changed;
        }
        if (value instanceof Map<?, ?> map) {
            Map<Object, Object> changed = new LinkedHashMap<>();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                changed.put(entry.getKey(), withoutNumbers(entry.getValue()));
            }
            return changed;
        }
        if (value == null || !value.getClass().isRecord()) {
            return value;
        }
        RecordComponent[] components = value.getClass().getRecordComponents();
        Object[] arguments = new Object[components.length];
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            arguments[i] = withoutNumbers(components[i].getAccessor().invoke(value));
        }
        return value.getClass().getDeclaredConstructor(types).newInstance(arguments);
    }
}
