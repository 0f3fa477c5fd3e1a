package ffmerge.magic;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.study.Result;
import java.util.LinkedHashMap;
import java.util.Map;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;

/** A result in every form that a notebook may ask for. */
final class ResultRenderer {
    static final String MIME_TYPE = "application/vnd.ffmerge+json";
    private static final ObjectMapper JSON = new ObjectMapper();

    private ResultRenderer() {}

    static DisplayData render(Result result) {
        DisplayData data = new DisplayData(JSON.valueToTree(result).toPrettyString());
        data.putData(MIME_TYPE, JSON.convertValue(result, Map.class));
        return data;
    }

    static DisplayData render(String command, Result result) {
        ObjectNode json = JSON.createObjectNode().put("command", command);
        json.setAll((ObjectNode) JSON.valueToTree(result));
        DisplayData data = new DisplayData(json.toPrettyString());
        data.putData(MIME_TYPE, JSON.convertValue(json, LinkedHashMap.class));
        return data;
    }
}
