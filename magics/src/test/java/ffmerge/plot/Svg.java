package ffmerge.plot;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** An SVG as a reader has it. */
public record Svg(Element root) {
    public static Svg of(Picture picture) {
        return of(picture.svg());
    }

    public static Svg of(String text) {
        try {
            return new Svg(DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)))
                    .getDocumentElement());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (SAXException | ParserConfigurationException e) {
            throw new AssertionError(e);
        }
    }

    public List<Element> all(String tag) {
        NodeList found = root.getElementsByTagName(tag);
        List<Element> all = new ArrayList<>();
        for (int i = 0; i < found.getLength(); i++) {
            all.add((Element) found.item(i));
        }
        return all;
    }

    /** What stands there in letters. */
    public List<String> texts() {
        return all("text").stream().map(Element::getTextContent).toList();
    }

    /** Groups of shapes that are a mark each. */
    public List<Element> marks() {
        return all("g").stream()
                .filter(group -> group.getAttribute("class").equals("mark"))
                .toList();
    }

    /** What marks say. */
    public List<String> titles() {
        return marks().stream()
                .map(mark -> mark.getElementsByTagName("title").item(0).getTextContent())
                .toList();
    }

    /** The colour of the first shape of the mark whose title starts so. */
    public String color(String title) {
        Element mark = marks().stream()
                .filter(one -> one.getElementsByTagName("title")
                        .item(0)
                        .getTextContent()
                        .startsWith(title))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no mark says " + title + ": " + titles()));
        Element shape = (Element) mark.getElementsByTagName("path").item(0);
        return shape.getAttribute("fill").equals("none") ? shape.getAttribute("stroke") : shape.getAttribute("fill");
    }
}
