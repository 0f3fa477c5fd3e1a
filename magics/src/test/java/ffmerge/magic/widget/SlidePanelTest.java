package ffmerge.magic.widget;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class SlidePanelTest {
    /** A front end that writes down what it is told. */
    private static final class FrontEnd implements Comms {
        private record Message(String model, Map<String, ?> data) {}

        private final Map<String, Consumer<Map<String, Object>>> receivers = new LinkedHashMap<>();
        private final Map<String, Map<?, ?>> states = new LinkedHashMap<>();
        private final List<Message> messages = new ArrayList<>();

        @Override
        public Channel open(
                String target, Map<String, ?> data, Map<String, ?> metadata, Consumer<Map<String, Object>> received) {
            assertEquals("jupyter.widget", target);
            assertEquals(Map.of("version", "2.1.0"), metadata);
            Map<?, ?> state = (Map<?, ?>) data.get("state");
            String model = (String) state.get("_model_name");
            receivers.put(model, received);
            states.put(model, state);
            return new Channel() {
                @Override
                public String id() {
                    return "id of " + model;
                }

                @Override
                public void send(Map<String, ?> told) {
                    messages.add(new Message(model, told));
                }
            };
        }

        void slide(Object value) {
            receivers.get("IntSliderModel").accept(Map.of("method", "update", "state", Map.of("value", value)));
        }

        List<?> shown() {
            return messages.stream()
                    .filter(message -> message.model().equals("HTMLModel"))
                    .map(message -> ((Map<?, ?>) message.data().get("state")).get("value"))
                    .toList();
        }
    }

    private final List<Integer> made = new ArrayList<>();
    private final FrontEnd frontEnd = new FrontEnd();
    private final Map<String, Object> view = SlidePanel.open(frontEnd, "window", 4, 2, this::page);

    private String page(int i) {
        made.add(i);
        return "page " + i;
    }

    @Test
    void theOutputNamesTheBoxThatHoldsSliderAndPage() {
        assertEquals("id of VBoxModel", view.get("model_id"));
        assertEquals(
                List.of("IPY_MODEL_id of IntSliderModel", "IPY_MODEL_id of HTMLModel"),
                frontEnd.states.get("VBoxModel").get("children"));
        assertEquals(2, frontEnd.states.get("IntSliderModel").get("value"));
        assertEquals(3, frontEnd.states.get("IntSliderModel").get("max"));
        assertEquals("page 2", frontEnd.states.get("HTMLModel").get("value"));
    }

    @Test
    void aPageIsMadeWhenTheSliderComesBy() {
        frontEnd.slide(3.0);
        frontEnd.slide(0.0);
        frontEnd.slide(0.0);
        assertEquals(List.of("page 3", "page 0"), frontEnd.shown());
        assertEquals(List.of(2, 3, 0), made);
    }

    @Test
    void whatIsNoPageIsTheNearestOne() {
        frontEnd.slide(-7.0);
        frontEnd.slide(100.0);
        frontEnd.slide("x");
        assertEquals(List.of("page 0", "page 3"), frontEnd.shown());
    }

    @Test
    void aPageOpenedAnewIsToldTheWholeState() {
        frontEnd.slide(1.0);
        frontEnd.messages.clear();
        frontEnd.receivers.get("HTMLModel").accept(Map.of("method", "request_state"));
        Map<String, ?> told = frontEnd.messages.get(0).data();
        assertEquals("update", told.get("method"));
        assertTrue(told.containsKey("buffer_paths"));
        Map<?, ?> state = (Map<?, ?>) told.get("state");
        assertEquals("page 1", state.get("value"));
        assertEquals("HTMLView", state.get("_view_name"));
    }

    @Test
    void aStateWithoutAValueIsIgnored() {
        Map<String, Object> change = new HashMap<>();
        change.put("value", null);
        Consumer<Map<String, Object>> slider = frontEnd.receivers.get("IntSliderModel");
        slider.accept(Map.of("method", "update", "state", change));
        assertEquals(List.of(), frontEnd.messages);
        slider.accept(Map.of("method", "request_state"));
        assertEquals(2, ((Map<?, ?>) frontEnd.messages.get(0).data().get("state")).get("value"));
    }

    @Test
    void otherMessagesAreLeftAlone() {
        frontEnd.receivers.get("IntSliderModel").accept(Map.of("method", "custom", "content", Map.of()));
        frontEnd.receivers.get("IntSliderModel").accept(Map.of());
        assertEquals(List.of(), frontEnd.messages);
    }
}
